import { PROMETHEUS_METRICS } from '../../lib/config/api-metrics';
import { HEALTH_PATH, METRICS_PATH, NAMESPACE } from '../../lib/config/names';
import type { RequestObjective } from '../../lib/config/objectives';
import { requestRate } from '../server-config/request-metric';

/**
 * The questions that dashboards ask, as PromQL. Shares are in percent and times in ms, so that a threshold is the
 * configuration's own number. Without traffic a share has no value: nobody knows what share of nothing is bad.
 */

/** What Grafana takes for a window that suits the graph: no point is left out, and at least four scrapes are in it. */
export const GRAPH_WINDOW = '$__rate_interval';

/** The time that the dashboard shows. */
export const SHOWN_TIME = '$__range';

/** Requests of a person are not those of kubelet and Prometheus; as in the metric of the HPA. */
const USER_ROUTES = `route!~"${HEALTH_PATH}|${METRICS_PATH}"`;

/** Which samples a question is about. */
export interface Scope {
  /** PromQL label matchers that choose the pods. */
  readonly pods: string;
  /** How far back to look, e.g. `5m`. */
  readonly window: string;
  /** Labels to tell apart. @default [] */
  readonly by?: readonly string[];
}

/**
 * Matchers of the pods of Deployments. By name, not by a label of ours, so that they hold in any Prometheus that
 * labels with namespace and pod.
 */
export function podsOf(...deployments: readonly string[]): string {
  const [name] = deployments;
  return `namespace="${NAMESPACE}",pod=~"${deployments.length === 1 ? name : `(${deployments.join('|')})`}-.+"`;
}

/** Requests per second, the metric of the HPA: over a minute, whatever the graph's own window. */
export function requestsPerSecond(pods: string, by: readonly string[] = []): string {
  return requestRate({ matchers: pods, groupBy: by.join(', ') });
}

/** Requests that failed, percent. */
export function errorShare({ pods, window, by }: Scope): string {
  const all = `${PROMETHEUS_METRICS.responses}{${pods},${USER_ROUTES}}`;
  return shareOf(failures(pods), all, window, by);
}

/** Failed requests per second. */
export function errorsPerSecond({ pods, window, by }: Scope): string {
  return sumOfRates(failures(pods), window, by);
}

/** Time that so many percent of the requests are answered in, ms. */
export function latencyPercentile(percent: number, { pods, window, by = [] }: Scope): string {
  const selector = `${PROMETHEUS_METRICS.requestDuration}_bucket{${pods},${USER_ROUTES}}`;
  return percentileMilliseconds(percent, selector, window, by);
}

/** Requests that took longer, percent. Has no value where the histogram has no bucket at the limit. */
export function slowShare(milliseconds: number, { pods, window }: Scope): string {
  const { requestDuration } = PROMETHEUS_METRICS;
  const inTime = `${requestDuration}_bucket{${pods},${USER_ROUTES},${bucketOf(milliseconds)}}`;
  const all = `${requestDuration}_count{${pods},${USER_ROUTES}}`;
  return `100 * (1 - ${sumOfRates(inTime, window)} / (${sumOfRates(all, window)} > 0))`;
}

/** Share of bad requests of an objective, percent. */
export function badShare({ slowerThanMilliseconds }: RequestObjective, scope: Scope): string {
  return slowerThanMilliseconds === null ? errorShare(scope) : slowShare(slowerThanMilliseconds, scope);
}

/** Multiple of the rate at which the error budget would last exactly as long as it has to. */
export function burnRate(objective: RequestObjective, scope: Scope): string {
  return `${badShare(objective, scope)} / ${objective.budgetPercent}`;
}

/** What is left of the window's error budget, percent; negative where more was bad than may be. */
export function errorBudgetLeft(objective: RequestObjective, scope: Scope): string {
  return `100 - 100 * ${burnRate(objective, scope)}`;
}

/** Look-ups of LLM answers that hit, percent. */
export function cacheHitShare({ pods, window, by }: Scope): string {
  const { llmCacheLookups } = PROMETHEUS_METRICS;
  return shareOf(`${llmCacheLookups}{${pods},result="hit"}`, `${llmCacheLookups}{${pods}}`, window, by);
}

/** Look-ups per second. */
export function cacheLookups({ pods, window, by }: Scope): string {
  return sumOfRates(`${PROMETHEUS_METRICS.llmCacheLookups}{${pods}}`, window, by);
}

/** Calls of LLM providers per second. */
export function llmCalls({ pods, window, by }: Scope): string {
  return sumOfRates(`${PROMETHEUS_METRICS.llmCalls}{${pods}}`, window, by);
}

/** Calls of LLM providers that ended so, percent. */
export function llmOutcomeShare(outcome: 'error' | 'timeout', { pods, window, by }: Scope): string {
  const calls = PROMETHEUS_METRICS.llmCalls;
  return shareOf(`${calls}{${pods},outcome="${outcome}"}`, `${calls}{${pods}}`, window, by);
}

/** Mean time that LLM providers take, ms. */
export function llmMeanTime({ pods, window, by }: Scope): string {
  const { llmCallDuration } = PROMETHEUS_METRICS;
  const sum = sumOfRates(`${llmCallDuration}_sum{${pods}}`, window, by);
  return `1000 * ${sum} / (${sumOfRates(`${llmCallDuration}_count{${pods}}`, window, by)} > 0)`;
}

/** Time that so many percent of the calls of LLM providers take at most, ms. */
export function llmTimePercentile(percent: number, { pods, window, by = [] }: Scope): string {
  return percentileMilliseconds(percent, `${PROMETHEUS_METRICS.llmCallDuration}_bucket{${pods}}`, window, by);
}

/** Connections of the pools inside the replicas. */
export function poolConnections(
  pods: string,
  state: 'active' | 'idle' | 'waiting',
  how: 'sum' | 'max' = 'sum',
): string {
  return `${how}(${PROMETHEUS_METRICS.databasePool}{${pods},state="${state}"})`;
}

/** Pods that answer the scrape; several jobs of another Prometheus may scrape the same one. */
export function readyPods(pods: string): string {
  return `(count(max by (pod) (up{${pods}}) == 1) or vector(0))`;
}

/** Pods that do not answer the scrape. */
export function silentPods(pods: string): string {
  return `(count(max by (pod) (up{${pods}}) == 0) or vector(0))`;
}

/** A number of the configuration as a series. */
export function constant(value: number): string {
  return `vector(${value})`;
}

function failures(pods: string): string {
  return `${PROMETHEUS_METRICS.responses}{${pods},${USER_ROUTES},status=~"5.."}`;
}

export function sumOfRates(selector: string, window: string, by: readonly string[] = []): string {
  return `sum by (${by.join(', ')}) (rate(${selector}[${window}]))`;
}

/** Percent; zero where there are all but no part, whose series need not exist yet. */
function shareOf(part: string, all: string, window: string, by: readonly string[] = []): string {
  const every = sumOfRates(all, window, by);
  // Asking for all of them once less; there is no other way to a zero for each label.
  const zero = by.length === 0 ? constant(0) : `0 * ${every}`;
  return `100 * (${sumOfRates(part, window, by)} or ${zero}) / (${every} > 0)`;
}

/** No value, rather than NaN, while nothing is measured. */
function percentileMilliseconds(
  percent: number,
  selector: string,
  window: string,
  by: readonly string[],
): string {
  return `1000 * histogram_quantile(${percent / 100}, ${sumOfRates(selector, window, ['le', ...by])}) >= 0`;
}

/** Prometheus 3 writes whole bounds as `1.0`, 2.53 as the pods do, mostly `1`. */
function bucketOf(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  return Number.isInteger(seconds) ? `le=~"${seconds}([.]0)?"` : `le="${seconds}"`;
}
