import type { LoadBalancer } from '../../load-balancer/load-balancer';
import type { Limits } from './limits';
import { graph, type Panel, POINT } from './panels';

export interface TrafficProps {
  readonly loadBalancer: LoadBalancer;
  readonly limits: Limits;
  /** Requests below which a share says nothing. */
  readonly leastRequests: number;
}

export function requestRatePanel({ limits, loadBalancer }: TrafficProps): Panel {
  return graph({
    title: 'Requests per second',
    unit: 'requests/s',
    series: [{ metric: loadBalancer.metricApiRequestRate(), label: 'requests/s' }],
    limits: limits.of('throughput'),
  });
}

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
