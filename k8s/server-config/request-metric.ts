import { Duration } from 'cdk8s';
import {
  API_NAME,
  GATEWAY_CALLS_METRIC,
  HEALTH_PATH,
  METRICS_PATH,
  NAMESPACE,
  READY_PATH,
  REQUEST_COUNTER,
} from '../../lib/config/names';

/** Time between two scrapes of a pod: the HPA controller's sync period, so that no sync sees an old value twice. */
export const SCRAPE_INTERVAL = Duration.seconds(15);

/**
 * Scrapes in the window of the rate: 4 of 15 s are 1 minute. A rate needs two samples, so two lost scrapes in a row
 * still leave a value; a longer window would show a surge to the HPA too late.
 */
const SCRAPES_PER_WINDOW = 4;

/** PromQL matcher that leaves out requests that are not load of users: probes of kubelet and ALB, and scrapes. */
export const USER_ROUTES = `route!~"${[HEALTH_PATH, READY_PATH, METRICS_PATH].join('|')}"`;

/** PromQL matchers of the API's pods. */
const API_PODS = `namespace="${NAMESPACE}",pod=~"${API_NAME}-.+"`;

/** Properties of `requestRate`. */
export interface RequestRateProps {
  /** PromQL label matchers that choose the pods. */
  readonly matchers: string;
  /** Labels to sum by, separated by commas; empty sums over all. */
  readonly groupBy: string;
  /** Time between two scrapes; the window is 4 of them. @default SCRAPE_INTERVAL */
  readonly scrapeInterval?: Duration;
}

/**
 * PromQL of the requests per second; HPA and KEDA share it. The negative matcher also matches a counter without the
 * label `route`. A pod with fewer than two samples has no value rather than zero, because its load is unknown.
 */
export function requestRate({
  matchers,
  groupBy,
  scrapeInterval = SCRAPE_INTERVAL,
}: RequestRateProps): string {
  const selector = `${REQUEST_COUNTER}{${matchers},${USER_ROUTES}}`;
  return `sum(rate(${selector}[${promDuration(rateWindow(scrapeInterval))}])) by (${groupBy})`;
}

/**
 * PromQL of the requests per second of all API pods, for KEDA. It selects pods by name, not by a label of this project,
 * so that it works in every Prometheus with the labels namespace and pod. Empty, not zero, while no pod has a value.
 */
export function totalRequestRate(scrapeInterval = SCRAPE_INTERVAL): string {
  return `sum(${requestRate({ matchers: API_PODS, groupBy: 'namespace, pod', scrapeInterval })})`;
}

/** Properties of `gatewayCalls`. */
export type GatewayCallsProps = RequestRateProps;

/**
 * PromQL of the gateway's calls under way and in the queue, as the mean of the window: a call counts for as long as it
 * lasts, however few arrive.
 */
export function gatewayCalls({
  matchers,
  groupBy,
  scrapeInterval = SCRAPE_INTERVAL,
}: GatewayCallsProps): string {
  const window = promDuration(rateWindow(scrapeInterval));
  return `sum(avg_over_time(${GATEWAY_CALLS_METRIC}{${matchers}}[${window}])) by (${groupBy})`;
}

/** PromQL of the gateway's calls in all API pods, for KEDA. Empty, not zero, while no pod has a value. */
export function totalGatewayCalls(scrapeInterval = SCRAPE_INTERVAL): string {
  return `sum(${gatewayCalls({ matchers: API_PODS, groupBy: 'namespace, pod', scrapeInterval })})`;
}

/** Window of the rate. */
export function rateWindow(scrapeInterval = SCRAPE_INTERVAL): Duration {
  return Duration.seconds(SCRAPES_PER_WINDOW * scrapeInterval.toSeconds());
}

/** A duration in the notation of PromQL and prometheus.yml, e.g. `15s` or `1m`. */
export function promDuration(duration: Duration): string {
  const seconds = duration.toSeconds();
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}
