import type { LoadBalancer } from '../../load-balancer/load-balancer';
import type { Limits } from './limits';
import { graph, type Panel, POINT } from './panels';

export interface TrafficProps {
  /** Load balancer whose requests the panels show. */
  readonly loadBalancer: LoadBalancer;
  /** Limits of the environment's objectives, drawn into the graphs. */
  readonly limits: Limits;
  /** With fewer requests in a period, a share counts as 0. */
  readonly leastRequests: number;
}

/** Requests per second of the API. */
export function requestRatePanel({ limits, loadBalancer }: TrafficProps): Panel {
  return graph({
    title: 'Requests per second',
    unit: 'requests/s',
    series: [{ metric: loadBalancer.metricApiRequestRate(), label: 'requests/s' }],
    limits: limits.of('throughput'),
  });
}

/** Share of requests that failed, and that no target answered. */
export function failedSharePanel({ leastRequests, limits, loadBalancer }: TrafficProps): Panel {
  const window = { period: POINT, leastRequests };
  return graph({
    title: 'Requests that failed, %',
    unit: '%',
    series: [
      { metric: loadBalancer.metricFailedShare(window), label: 'failed' },
      { metric: loadBalancer.metricUnavailableShare(window), label: 'unanswered' },
    ],
    limits: limits.of('errors'),
  });
}
