import type { MeasuredRun } from '../local/measure-load';
import type { PodSample } from '../local/pod-sampler';
import { recoverySeconds, STAYS_SECONDS } from '../results/recovery';
import { SETTLE_MS } from '../results/run-figures';

/** What the project promises, as `objectives` of the configuration has it. */
export interface PromisedObjectives {
  readonly latencyP50Milliseconds: number;
  readonly latencyP95Milliseconds: number;
  readonly latencyP99Milliseconds: number;
  readonly requestsPerSecond: number;
  readonly concurrentUsers: number;
  readonly errorRatePercent: number;
  readonly cacheHitPercent: number;
  readonly llmLatencyMilliseconds: number;
  readonly llmTimeoutPercent: number;
  readonly cpuPercent: number;
  readonly memoryPercent: number;
  readonly poolWaiting: number;
}

/** What a pod may take, for shares of it. */
export interface PodLimits {
  /** Cores. */
  readonly cores: number;
  readonly memoryMiB: number;
}

/** A promise, and what the run measured of it. */
export interface Kpi {
  readonly name: string;
  /** Such as `< 100 ms`. */
  readonly promised: string;
  readonly measured: string;
  /** Null: the run did not ask for it. */
  readonly held: boolean | null;
}

/** Growth of the memory from the second to the last third of a soak that counts as flat. */
const FLAT = 1.1;

/** Share of a rate that counts as the rate: a run begins and ends between two requests. */
const NEARLY = 0.99;

/** Each promise that a run can measure. @param scenario script of test/load/ */
export function kpisOf(
  scenario: string,
  run: MeasuredRun,
  objectives: PromisedObjectives,
  limits: PodLimits,
): Kpi[] {
  const { api } = run.result.figures;
  return [
    below('API, median', api?.p50, objectives.latencyP50Milliseconds, 'ms'),
    below('API, 95th percentile', api?.p95, objectives.latencyP95Milliseconds, 'ms'),
    below('API, 99th percentile', api?.p99, objectives.latencyP99Milliseconds, 'ms'),
    ...loadKpis(run, objectives),
    ...llmKpis(run, objectives),
    ...(scenario === 'spike' ? spikeKpis(run, objectives) : []),
    ...podKpis(run, objectives, limits),
    ...(scenario === 'soak' ? [memoryKpi(run)] : []),
  ];
}

function loadKpis({ result }: MeasuredRun, objectives: PromisedObjectives): Kpi[] {
  const { figures, timeline, requests, refused } = result;
  const mostUsers = timeline.reduce((most, { users }) => Math.max(most, users), 0);
  return [
    atLeast(
      'Requests per second',
      figures.requestsPerSecond,
      objectives.requestsPerSecond,
      figures.offeredPerSecond,
    ),
    atLeast('Users at the same time', figures.users, objectives.concurrentUsers, mostUsers),
    below('Errors', figures.errorPercent, objectives.errorRatePercent, '%'),
    refusedKpi(requests, refused, objectives.errorRatePercent),
  ];
}

/** In the whole run. The objective is that of errors, which count both: users want answers. */
function refusedKpi(requests: number, refused: number, limit: number): Kpi {
  const kpi = below('Refused (503 with Retry-After)', (100 * refused) / requests, limit, '%');
  return refused === 0 ? kpi : { ...kpi, measured: `${kpi.measured}, ${refused}` };
}

function llmKpis({ result }: MeasuredRun, objectives: PromisedObjectives): Kpi[] {
  const { llm, cacheHitPercent, llmTimeoutPercent } = result.figures;
  const hits = objectives.cacheHitPercent;
  return [
    {
      name: 'LLM answers from the cache',
      promised: `> ${hits} %`,
      measured: text(cacheHitPercent, '%'),
      held: known(cacheHitPercent) ? cacheHitPercent > hits : null,
    },
    below('LLM answers, mean', llm?.mean, objectives.llmLatencyMilliseconds, 'ms'),
    below('LLM time-outs', llmTimeoutPercent, objectives.llmTimeoutPercent, '%'),
  ];
}

/** What is asked of a spike: quick again after 10 s, and no errors meanwhile but refusals. */
function spikeKpis({ result }: MeasuredRun, objectives: PromisedObjectives): Kpi[] {
  const errors = result.timeline.flatMap((row) => Object.values(row.errors));
  const count = errors.reduce((sum, value) => sum + value, 0);
  return [
    below(
      'API, 99th percentile, from 10 s after the jump',
      result.figures.settledP99Ms,
      objectives.latencyP99Milliseconds,
      'ms',
    ),
    recoveryKpi(result, objectives.latencyP99Milliseconds),
    { name: 'Errors other than refusals', promised: '0', measured: String(count), held: count === 0 },
  ];
}

function recoveryKpi({ phases, timeline }: MeasuredRun['result'], limitMs: number): Kpi {
  const peak = phases.find(({ name }) => name === 'peak') ?? { atSecond: 0, seconds: 0 };
  const recovered = recoverySeconds(timeline, peak, limitMs);
  const most = SETTLE_MS / 1000;
  // A shorter peak cannot show that the promise is missed.
  const isLongEnough = peak.seconds >= most + STAYS_SECONDS;
  const missed = isLongEnough ? false : null;
  return {
    name:
      `Seconds after the jump until the 99th percentile of a second is below ${short(limitMs / 1000)} s ` +
      `and stays there for ${STAYS_SECONDS} s`,
    promised: `<= ${most}`,
    measured: recovered === 'never' ? `not in ${short(peak.seconds)} s` : text(recovered, ''),
    held: typeof recovered === 'number' ? recovered <= most : missed,
  };
}

function podKpis(run: MeasuredRun, objectives: PromisedObjectives, limits: PodLimits): Kpi[] {
  const samples = fullLoad(run);
  const busiest = most(samples, (pods) => mean(pods.map(({ processorPercent }) => processorPercent)));
  const biggest = most(samples, (pods) => Math.max(...pods.map(({ residentMiB }) => residentMiB)));
  const waiting = most(samples, (pods) => mean(pods.map(({ poolWaiting }) => poolWaiting)));
  return [
    below('Processor of the busiest pod, of its limit', busiest / limits.cores, objectives.cpuPercent, '%'),
    below(
      'Memory of the biggest pod, of its limit',
      (100 * biggest) / limits.memoryMiB,
      objectives.memoryPercent,
      '%',
    ),
    atMost('Callers that wait for a database connection, mean', waiting, objectives.poolWaiting),
  ];
}

/** A soak's memory: in the first third buffers and caches fill. */
function memoryKpi(run: MeasuredRun): Kpi {
  const growth = most(fullLoad(run), (pods) => {
    const third = Math.floor(pods.length / 3);
    const part = (from: number, to?: number) =>
      mean(pods.slice(from, to).map(({ residentMiB }) => residentMiB));
    return part(2 * third) / part(third, 2 * third);
  });
  return below('Memory, last third against the second, %', 100 * (growth - 1), 100 * (FLAT - 1), '%');
}

/** Samples of each pod while all objectives counted. */
function fullLoad({ resources, result }: MeasuredRun): PodSample[][] {
  const byPod = new Map<string, PodSample[]>();
  for (const { atMs, pods } of resources) {
    const second = (atMs - result.startMs) / 1000;
    const counts = result.phases.some(
      ({ atFullLoad, atSecond, seconds }) => atFullLoad && second > atSecond && second <= atSecond + seconds,
    );
    if (!counts) continue;
    for (const pod of pods) byPod.set(pod.name, [...(byPod.get(pod.name) ?? []), pod]);
  }
  return [...byPod.values()];
}

/** NaN without pods. */
function most(pods: readonly PodSample[][], value: (samples: readonly PodSample[]) => number): number {
  return pods.length === 0 ? Number.NaN : Math.max(...pods.map(value));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function below(name: string, value: number | null | undefined, limit: number, unit: string): Kpi {
  return {
    name,
    promised: `< ${short(limit)} ${unit}`,
    measured: text(value, unit),
    held: known(value) ? value < limit : null,
  };
}

function atMost(name: string, value: number, limit: number): Kpi {
  return {
    name,
    promised: `<= ${limit}`,
    measured: text(value, ''),
    held: known(value) ? value <= limit : null,
  };
}

/** @param asked of the run: one that asks for less has not tried the promise */
function atLeast(name: string, value: number | null, promised: number, asked: number | null): Kpi {
  const tried = known(value) && (asked ?? 0) >= promised;
  return {
    name,
    promised: `>= ${promised}`,
    measured: text(value, ''),
    held: tried ? value >= NEARLY * promised : null,
  };
}

function known(value: number | null | undefined): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

function text(value: number | null | undefined, unit: string): string {
  return known(value) ? `${short(value)} ${unit}`.trim() : 'not measured';
}

/** Three digits are more than a run knows. */
function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
