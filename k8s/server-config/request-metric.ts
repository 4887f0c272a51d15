import { Duration } from 'cdk8s';
import { API_NAME, HEALTH_PATH, METRICS_PATH, NAMESPACE, REQUEST_COUNTER } from '../../lib/config/names';

/** Time between two scrapes of a pod: the HPA controller's own sync, so that no sync sees an old value twice. */
export const SCRAPE_INTERVAL = Duration.seconds(15);

/**
 * Scrapes in the window of the rate: 1 minute of 15 s. A rate needs two samples, so that two lost scrapes in a row
 * leave a value; a longer window would show the HPA a surge later than it has to be seen.
 */
const SCRAPES_PER_WINDOW = 4;

/** Requests that are no load of users: probes of kubelet and ALB, scrapes. */
const OWN_ROUTES = [HEALTH_PATH, METRICS_PATH];

export interface RequestRateProps {
  /** PromQL label matchers that choose the pods. */
  readonly matchers: string;
  /** Labels to sum by. */
  readonly groupBy: string;
  /** @default - SCRAPE_INTERVAL */
  readonly scrapeInterval?: Duration;
}

/**
 * PromQL of the requests per second, the one formula of HPA and KEDA. A negative matcher also holds where a counter
 * has no label `route`. A pod with fewer than two samples has no value, rather than zero: nobody knows its load.
 */
export function requestRate({
  matchers,
  groupBy,
  scrapeInterval = SCRAPE_INTERVAL,
}: RequestRateProps): string {
  const selector = `${REQUEST_COUNTER}{${matchers},route!~"${OWN_ROUTES.join('|')}"}`;
  return `sum(rate(${selector}[${promDuration(rateWindow(scrapeInterval))}])) by (${groupBy})`;
}

/**
 * PromQL of the requests per second of all API pods, for KEDA. Chooses them by name, not by a label of ours, so that
 * it holds in any Prometheus that labels with namespace and pod. Empty, not zero, while no pod has a value.
 */
export function totalRequestRate(scrapeInterval = SCRAPE_INTERVAL): string {
  const matchers = `namespace="${NAMESPACE}",pod=~"${API_NAME}-.+"`;
  return `sum(${requestRate({ matchers, groupBy: 'namespace, pod', scrapeInterval })})`;
}

/** Time that the rate looks back. */
export function rateWindow(scrapeInterval = SCRAPE_INTERVAL): Duration {
  return Duration.seconds(SCRAPES_PER_WINDOW * scrapeInterval.toSeconds());
}

/** As PromQL and prometheus.yml write it, e.g. `15s` or `1m`. */
export function promDuration(duration: Duration): string {
  const seconds = duration.toSeconds();
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}
