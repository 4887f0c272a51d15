import { Duration } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS } from '../../../../lambda/predictive-scaler/constants';
import type { PredictiveScaler } from '../../scaling/predictive-scaler';
import type { Limit } from './limits';
import { graph, numbers, type Panel, queryGraph } from './panels';
import { type DashboardContent, HEIGHT, type Line, type Section } from './platform-dashboard';
import { workloadMetric, workloadsBy } from './workload-metrics';

/** Workloads, and scalers, with their own panels; queries show the others. */
const SHOWN_ONE_BY_ONE = 10;

/** A Deployment whose HPA gets a floor. */
export interface ScaledWorkload {
  /** Name of the workload, dimension of its metrics. */
  readonly name: string;
  /** `act` changes the floor; `forecast-only` only computes it. */
  readonly mode: 'act' | 'forecast-only';
  /** Metric of the replicas that serve; null if our load balancer does not count them. */
  readonly replicas: IMetric | null;
}

export interface ScalingProps {
  /** Workloads in order; the first ones have their own panels. */
  readonly workloads: readonly ScaledWorkload[];
  /** Scalers by the number of their shard. */
  readonly scalers: Readonly<Record<string, PredictiveScaler>>;
  /** Time between two runs. */
  readonly interval: Duration;
  /** Lowest share of loads at or below their forecast 90 % quantile without an alarm, percent. */
  readonly coverageLeastPercent: number;
  /** Highest share of loads at or below their forecast 90 % quantile without an alarm, percent. */
  readonly coverageMostPercent: number;
  /** Duration of a run above which an alarm goes off, percent of the function's time-out. */
  readonly durationPercent: number;
}

/** Load, forecasts and replicas of each workload, what the floors cost, and the runs of the scaler. */
export function scaling(props: ScalingProps): DashboardContent {
  const first = props.workloads.slice(0, SHOWN_ONE_BY_ONE);
  const rest = props.workloads.length - first.length;
  return {
    title: 'Scaling',
    question:
      'Are replicas there before the load, and what do they cost? The load should stay below the 95 % quantile that was forecast 15 minutes before, and the floor should rise before the replicas have to. A forecast stands at the time it was made.',
    range: Duration.days(1),
    sections: [
      ...first.map((workload) => workloadSection(workload, props)),
      ...(rest > 0 ? [restSection(first.length, rest, props.interval)] : []),
      costSection(first, props.interval),
      runSection(props),
    ],
  };
}

function workloadSection(workload: ScaledWorkload, props: ScalingProps): Section {
  const { name, mode } = workload;
  const panels = [loadPanel, replicaPanel, qualityPanel].map((panel) => panel(workload, props));
  return {
    title: `${name} (${mode === 'act' ? 'the floor is moved' : 'forecasts only: the floor is what it would be'})`,
    lines: [{ height: 7, panels, widths: [10, 7, 7] }],
  };
}

function loadPanel({ name }: ScaledWorkload, { interval }: ScalingProps): Panel {
  return graph({
    title: `${name}: load and what is forecast, requests/s`,
    unit: 'requests/s',
    period: interval,
    series: [
      { metric: workloadMetric(name, METRICS.load), label: 'load' },
      { metric: workloadMetric(name, METRICS.forecast15), label: '15 min ahead' },
      { metric: workloadMetric(name, METRICS.upper15), label: '15 min ahead, 95 % quantile' },
      { metric: workloadMetric(name, METRICS.forecast30), label: '30 min ahead' },
      { metric: workloadMetric(name, METRICS.upper30), label: '30 min ahead, 95 % quantile' },
    ],
  });
}

function replicaPanel({ name, replicas }: ScaledWorkload, { interval }: ScalingProps): Panel {
  return graph({
    title: `${name}: replicas`,
    unit: 'replicas',
    period: interval,
    series: [
      { metric: workloadMetric(name, METRICS.floor, 'Maximum'), label: 'floor' },
      ...(replicas === null ? [] : [{ metric: replicas, label: 'replicas that serve' }]),
      { metric: workloadMetric(name, METRICS.base, 'Maximum'), label: 'base' },
      { metric: workloadMetric(name, METRICS.maximum, 'Maximum'), label: 'maximum' },
    ],
  });
}

function qualityPanel({ name }: ScaledWorkload, props: ScalingProps): Panel {
  return graph({
    title: `${name}: forecasts of the last day`,
    unit: '%',
    period: props.interval,
    series: [
      { metric: workloadMetric(name, METRICS.coverage), label: 'loads within the 90 % quantile' },
      { metric: workloadMetric(name, METRICS.error), label: 'error, % of the load' },
    ],
    right: {
      unit: 'skill',
      min: null, // below 0 it is worse than the last load
      series: [
        { metric: workloadMetric(name, METRICS.skill), label: 'skill: above 0 beats the last load (right)' },
      ],
    },
    limits: coverageLimits(props),
  });
}

function coverageLimits({ coverageLeastPercent, coverageMostPercent }: ScalingProps): Limit[] {
  const severity = 'ticket';
  return [
    { value: coverageLeastPercent, label: `≥ ${coverageLeastPercent} %`, missed: 'below', severity },
    { value: coverageMostPercent, label: `≤ ${coverageMostPercent} %`, missed: 'above', severity },
  ];
}

/** The top workloads by Metrics Insights queries, which cover two weeks. */
function restSection(first: number, rest: number, period: Duration): Section {
  const query = (
    title: string,
    unit: string,
    ...[order, statistic, metric]: [...Parameters<typeof workloadsBy>]
  ) =>
    queryGraph({
      title,
      unit,
      period,
      min: metric === METRICS.skill ? null : 0,
      queries: [{ label: metric, expression: workloadsBy(order, statistic, metric, SHOWN_ONE_BY_ONE) }],
    });
  return {
    title: `Of all ${first + rest} workloads, ${rest} of which are not above`,
    lines: [
      {
        height: HEIGHT.graph,
        panels: [
          query('Most load, requests/s', 'requests/s', 'highest', 'AVG', METRICS.load, SHOWN_ONE_BY_ONE),
          query('Highest floors', 'replicas', 'highest', 'MAX', METRICS.floor, SHOWN_ONE_BY_ONE),
          query('Least skill', 'skill', 'lowest', 'MIN', METRICS.skill, SHOWN_ONE_BY_ONE),
          query('Failed runs', 'runs', 'highest', 'SUM', METRICS.failed, SHOWN_ONE_BY_ONE),
        ],
      },
    ],
  };
}

function costSection(workloads: readonly ScaledWorkload[], interval: Duration): Section {
  const added = (name: string) => workloadMetric(name, METRICS.replicaHoursAdded, 'Sum');
  return {
    title: 'What the floors cost',
    lines: [
      {
        height: HEIGHT.graph,
        panels: [
          numbers({
            title: 'Replica-hours added to the base in the time shown',
            ofAll: true,
            series: workloads.map(({ name }) => ({ metric: added(name), label: name })),
          }),
          queryGraph({
            title: 'Replica-hours added by run, most first',
            unit: 'replica-hours',
            stacked: true,
            period: interval,
            queries: [
              {
                label: 'added',
                expression: workloadsBy('highest', 'SUM', METRICS.replicaHoursAdded, SHOWN_ONE_BY_ONE),
              },
            ],
          }),
        ],
        widths: [10, 14],
      },
    ],
  };
}

function runSection({ durationPercent, interval: period, scalers }: ScalingProps): Section {
  const all = Object.entries(scalers);
  const shown = all.slice(0, SHOWN_ONE_BY_ONE);
  const timeout = shown[0]?.[1].timeout.toMilliseconds() ?? 0;
  const series = (of: (scaler: PredictiveScaler) => IMetric) =>
    shown.map(([shard, scaler]) => ({ metric: of(scaler), label: `scaler ${shard}` }));
  const lines: Line[] = [
    {
      height: HEIGHT.graph,
      panels: [
        graph({
          title: 'Longest run, ms',
          unit: 'ms',
          period,
          series: series((scaler) => scaler.metricDuration()),
          limits: [
            {
              value: (timeout * durationPercent) / 100,
              label: `${durationPercent} % of the time-out`,
              missed: 'above',
              severity: 'ticket',
            },
          ],
        }),
        graph({
          title: `Completed runs in ${period.toMinutes()} min`,
          unit: 'runs',
          period,
          series: series((scaler) => scaler.metricHeartbeat()),
          limits: [{ value: 1, label: '≥ 1', missed: 'below', severity: 'ticket' }],
        }),
        graph({
          title: 'Failed runs',
          unit: 'runs',
          period,
          series: series((scaler) => scaler.metricErrors()),
        }),
      ],
    },
  ];
  const hidden = all.length - shown.length;
  return {
    title: hidden > 0 ? `Runs of the first ${shown.length} of ${all.length} scalers` : 'Runs of the scaler',
    lines,
  };
}
