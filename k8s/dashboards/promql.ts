import { NAMESPACE } from '../../lib/config/names';
import type { RequestObjective } from '../../lib/config/objectives';
import { GATEWAY_PATH_PATTERNS, PROMETHEUS_METRICS } from '../../service/contract';
import { requestRate, USER_ROUTES } from '../server-config/request-metric';

/**
 * Requests that count for the objectives: users', without the gateway's. Its calls take as long as their providers, and
 * have objectives of their own.
 */
const API_ROUTES = `${USER_ROUTES},route!~"${GATEWAY_PATH_PATTERNS.map((path) => path.replaceAll('*', '.*')).join('|')}"`;

/**
 * PromQL of the dashboards. Shares are in percent and times in ms, so that thresholds are numbers of the configuration.
 * Without traffic a share has no value: a share of zero requests is undefined.
 */

/** Grafana's variable for a window that fits the graph: every sample counts, and it has at least four scrapes. */
export const GRAPH_WINDOW = '$__rate_interval';

/** Grafana's variable for the time range that the dashboard shows. */
export const SHOWN_TIME = '$__range';

/** Samples that a query covers. */
export interface Scope {
  /** PromQL label matchers that choose the pods. */
  readonly pods: string;
  /** Window of rates, a PromQL duration such as `5m`. */
  readonly window: string;
  /** Labels to group by. @default [] */
  readonly by?: readonly string[];
}

/**
 * Label matchers of the pods of Deployments. They match pod names, not a label of this project, so that they work in
 * every Prometheus with the labels namespace and pod.
 */
export function podsOf(...deployments: readonly string[]): string {
  const [name] = deployments;
  return `namespace="${NAMESPACE}",pod=~"${deployments.length === 1 ? name : `(${deployments.join('|')})`}-.+"`;
}

/** Requests per second over one minute, the metric of the HPA; independent of the graph's window. */
export function requestsPerSecond(pods: string, by: readonly string[] = []): string {
  return requestRate({ matchers: pods, groupBy: by.join(', ') });
}

/** Share of requests that failed, percent. */
export function errorShare({ pods, window, by }: Scope): string {
  const all = `${PROMETHEUS_METRICS.responses}{${pods},${API_ROUTES}}`;
  return shareOf(failures(pods), all, window, by);
}

/** Failed requests per second. */
export function errorsPerSecond({ pods, window, by }: Scope): string {
  return sumOfRates(failures(pods), window, by);
}

/** Requests per second that overloaded pods refused with 503 and Retry-After. */
export function refusedRequests({ pods, window, by }: Scope): string {
  return sumOfRates(`${PROMETHEUS_METRICS.refused}{${pods}}`, window, by);
}

/** Percentile of the latency, ms. `percent` is e.g. 95. */
export function latencyPercentile(percent: number, { pods, window, by = [] }: Scope): string {
  const selector = `${PROMETHEUS_METRICS.requestDuration}_bucket{${pods},${API_ROUTES}}`;
  return percentileMilliseconds(percent, selector, window, by);
}

/** Share of requests slower than `milliseconds`, percent; no value without a histogram bucket at that limit. */
export function slowShare(milliseconds: number, { pods, window }: Scope): string {
  const { requestDuration } = PROMETHEUS_METRICS;
  const inTime = `${requestDuration}_bucket{${pods},${API_ROUTES},${bucketOf(milliseconds)}}`;
  const all = `${requestDuration}_count{${pods},${API_ROUTES}}`;
  return `100 * (1 - ${sumOfRates(inTime, window)} / (${sumOfRates(all, window)} > 0))`;
}

/** Share of bad requests of an objective, percent. */
export function badShare({ slowerThanMilliseconds }: RequestObjective, scope: Scope): string {
  return slowerThanMilliseconds === null ? errorShare(scope) : slowShare(slowerThanMilliseconds, scope);
}

/** Burn rate: 1 uses up the error budget exactly in its period. */
export function burnRate(objective: RequestObjective, scope: Scope): string {
  return `${badShare(objective, scope)} / ${objective.budgetPercent}`;
}

/** Rest of the window's error budget, percent; negative once it is overspent. */
export function errorBudgetLeft(objective: RequestObjective, scope: Scope): string {
  return `100 - 100 * ${burnRate(objective, scope)}`;
}

/** Share of look-ups of LLM answers that hit the cache, percent. */
export function cacheHitShare({ pods, window, by }: Scope): string {
  const { llmCacheLookups } = PROMETHEUS_METRICS;
  return shareOf(`${llmCacheLookups}{${pods},result="hit"}`, `${llmCacheLookups}{${pods}}`, window, by);
}

/** Cache look-ups of LLM answers per second. */
export function cacheLookups({ pods, window, by }: Scope): string {
  return sumOfRates(`${PROMETHEUS_METRICS.llmCacheLookups}{${pods}}`, window, by);
}

/** Calls of LLM providers per second. */
export function llmCalls({ pods, window, by }: Scope): string {
  return sumOfRates(`${PROMETHEUS_METRICS.llmCalls}{${pods}}`, window, by);
}

/** Share of calls of LLM providers with the outcome, percent. */
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

/** Percentile of the response time of LLM providers, ms. `percent` is e.g. 95. */
export function llmTimePercentile(percent: number, { pods, window, by = [] }: Scope): string {
  return percentileMilliseconds(percent, `${PROMETHEUS_METRICS.llmCallDuration}_bucket{${pods}}`, window, by);
}

/** Calls of the gateway per second. */
export function gatewayCalls({ pods, window, by }: Scope): string {
  return sumOfRates(`${PROMETHEUS_METRICS.gatewayCalls}{${pods}}`, window, by);
}

/** Percentile of the gateway's time besides its providers', ms. `percent` is e.g. 99. */
export function gatewayOverhead(percent: number, { pods, window, by = [] }: Scope): string {
  return percentileMilliseconds(percent, `${PROMETHEUS_METRICS.gatewayOverhead}_bucket{${pods}}`, window, by);
}

/** Failed attempts to call providers per second. */
export function providerErrors({ pods, window, by }: Scope): string {
  return sumOfRates(`${PROMETHEUS_METRICS.providerErrors}{${pods}}`, window, by);
}

/** Records per second that were sent to be stored. */
export function ledgerRecords({ pods, window, by }: Scope): string {
  return sumOfRates(`${PROMETHEUS_METRICS.ledgerRecords}{${pods}}`, window, by);
}

/** Records in the window that were refused. */
export function rejectedRecords(pods: string, window: string): string {
  return `sum(increase(${PROMETHEUS_METRICS.ledgerRecords}{${pods},outcome="rejected"}[${window}]))`;
}

/** Connections of the replicas' own database pools: the sum, or that of the fullest replica. */
export function poolConnections(
  pods: string,
  state: 'active' | 'idle' | 'waiting',
  aggregation: 'sum' | 'max' = 'sum',
): string {
  return `${aggregation}(${PROMETHEUS_METRICS.databasePool}{${pods},state="${state}"})`;
}

/** Number of pods that answer the scrape. Several jobs of a Prometheus may scrape the same pod; it counts once. */
export function readyPods(pods: string): string {
  return `(count(max by (pod) (up{${pods}}) == 1) or vector(0))`;
}

/** Number of pods that do not answer the scrape. */
export function silentPods(pods: string): string {
  return `(count(max by (pod) (up{${pods}}) == 0) or vector(0))`;
}

/** A number as a series with one value. */
export function constant(value: number): string {
  return `vector(${value})`;
}

function failures(pods: string): string {
  return `${PROMETHEUS_METRICS.responses}{${pods},${API_ROUTES},status=~"5.."}`;
}

/** Sum of the counters' rates per second, grouped by labels. */
export function sumOfRates(selector: string, window: string, by: readonly string[] = []): string {
  return `sum by (${by.join(', ')}) (rate(${selector}[${window}]))`;
}

/** `part` of `all`, percent; zero while series of `all` exist but none of `part`. */
function shareOf(part: string, all: string, window: string, by: readonly string[] = []): string {
  const every = sumOfRates(all, window, by);
  // Without labels a constant saves one query of all series; with labels only they give a zero for each value.
  const zero = by.length === 0 ? constant(0) : `0 * ${every}`;
  return `100 * (${sumOfRates(part, window, by)} or ${zero}) / (${every} > 0)`;
}

/** Percentile of a histogram in seconds, ms; no value rather than NaN while nothing is measured. */
function percentileMilliseconds(
  percent: number,
  selector: string,
  window: string,
  by: readonly string[],
): string {
  return `1000 * histogram_quantile(${percent / 100}, ${sumOfRates(selector, window, ['le', ...by])}) >= 0`;
}

/** Matcher of the bucket. Prometheus 3 writes whole bounds as `1.0`; 2.53 keeps the pods' notation, mostly `1`. */
function bucketOf(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  return Number.isInteger(seconds) ? `le=~"${seconds}([.]0)?"` : `le="${seconds}"`;
}
