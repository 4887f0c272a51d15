import type { Point } from '../../plots/line-path';
import { type Series, type TimePlotProps, timePlot } from '../../plots/time-plot';
import type { MeasuredRun } from '../local/measure-load';
import type { PodSample } from '../local/pod-sampler';
import { ERROR_KINDS, type ErrorKind, type Latencies, type TimelineRow } from '../results/timeline';
import type { PromisedObjectives } from './kpis';

/** The run over its time, plot by plot, as HTML. */
export function runPlots(run: MeasuredRun, objectives: PromisedObjectives): string {
  const { result, resources } = run;
  const common = {
    seconds: result.seconds,
    phases: result.phases.map(({ name, atSecond }) => [name, atSecond] as const),
  };
  const plots: Omit<TimePlotProps, 'seconds' | 'phases'>[] = [
    ...clientPlots(result.timeline, objectives),
    ...(resources.some(({ pods }) => pods.length > 0) ? podPlots(run, objectives) : []),
  ];
  return plots.map((plot) => timePlot({ ...plot, ...common, series: plot.series.map(within) })).join('\n');

  /** The pods are looked at once more after the end. */
  function within({ name, points }: Series): Series {
    return { name, points: points.filter(([at]) => at <= result.seconds) };
  }
}

type Plot = Omit<TimePlotProps, 'seconds' | 'phases'>;

function clientPlots(rows: readonly TimelineRow[], objectives: PromisedObjectives): Plot[] {
  return [
    {
      title: 'Times of the API',
      unit: 'ms',
      log: true,
      limit: objectives.latencyP99Milliseconds,
      series: percentiles(rows, ({ api }) => api),
    },
    {
      title: 'Times of LLM calls and of their cache',
      unit: 'ms',
      log: true,
      series: percentiles(rows, ({ llm }) => llm),
    },
    {
      title: 'Requests',
      unit: 'a second',
      series: [
        { name: 'offered', points: points(rows, ({ offered, seconds }) => offered / seconds) },
        {
          name: 'answered or failed',
          points: points(rows, ({ ended, refused, seconds }) => (ended - refused) / seconds),
        },
        { name: 'refused', points: points(rows, ({ refused, seconds }) => refused / seconds) },
      ],
    },
    { title: 'Errors', unit: 'a second', series: errorSeries(rows) },
    {
      title: 'Answers from the cache',
      unit: '% of LLM answers',
      limit: objectives.cacheHitPercent,
      series: [{ name: 'hits', points: points(rows, hitPercent) }],
    },
    {
      title: 'Connections and requests under way',
      unit: 'count',
      series: [
        { name: 'connections', points: points(rows, ({ connections }) => connections) },
        { name: 'under way', points: points(rows, ({ underWay }) => underWay) },
        { name: 'users', points: points(rows, ({ users }) => users) },
      ],
    },
  ];
}

function podPlots(run: MeasuredRun, { poolWaiting }: PromisedObjectives): Plot[] {
  const { resources, result } = run;
  const machine = {
    name: 'machine, all cores',
    points: resources.map(
      ({ atMs, machinePercent }): Point => [(atMs - result.startMs) / 1000, machinePercent],
    ),
  };
  return [
    {
      title: 'Processor',
      unit: '% of a core; machine: % of all cores',
      series: [...podSeries(run, ({ processorPercent }) => processorPercent), machine],
    },
    { title: 'Memory', unit: 'MiB', series: podSeries(run, ({ residentMiB }) => residentMiB) },
    {
      title: 'Delay of the event loop, 99th percentile',
      unit: 'ms',
      series: podSeries(run, ({ loopDelayMs }) => loopDelayMs),
    },
    {
      title: 'Callers that wait for a database connection',
      unit: 'count',
      limit: poolWaiting,
      series: podSeries(run, ({ poolWaiting: waiting }) => waiting),
    },
  ];
}

function points(rows: readonly TimelineRow[], value: (row: TimelineRow) => number): Point[] {
  return rows.map((row) => [row.atSecond, value(row)]);
}

function percentiles(rows: readonly TimelineRow[], of: (row: TimelineRow) => Latencies | null): Series[] {
  return (['p50', 'p95', 'p99'] as const).map((name) => ({
    name,
    points: points(rows, (row) => of(row)?.[name] ?? Number.NaN),
  }));
}

/** Kinds that happened, or a flat line. */
function errorSeries(rows: readonly TimelineRow[]): Series[] {
  const kinds = (Object.keys(ERROR_KINDS) as ErrorKind[]).filter((kind) =>
    rows.some(({ errors }) => (errors[kind] ?? 0) > 0),
  );
  if (kinds.length === 0) return [{ name: 'none', points: points(rows, () => 0) }];
  return kinds.map((kind) => ({
    name: ERROR_KINDS[kind],
    points: points(rows, ({ errors, seconds }) => (errors[kind] ?? 0) / seconds),
  }));
}

function hitPercent({ cacheAnswers, cacheHits }: TimelineRow): number {
  return cacheAnswers === 0 ? Number.NaN : (100 * cacheHits) / cacheAnswers;
}

/** A line for each pod; it is interrupted where the pod was not there. */
function podSeries({ resources, result }: MeasuredRun, value: (pod: PodSample) => number): Series[] {
  const names = [...new Set(resources.flatMap(({ pods }) => pods.map(({ name }) => name)))].sort();
  return names.map((name) => ({
    name,
    points: resources.map(({ atMs, pods }): Point => {
      const pod = pods.find((one) => one.name === name);
      return [(atMs - result.startMs) / 1000, pod === undefined ? Number.NaN : value(pod)];
    }),
  }));
}
