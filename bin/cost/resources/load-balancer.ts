import type { Assumptions } from '../assumptions';
import { always, HOURS_PER_MONTH, perScenario } from '../item';
import { listOf, type Pricing, type PricingByType } from './resource';

/** What one capacity unit holds (https://aws.amazon.com/elasticloadbalancing/pricing/). */
const NEW_CONNECTIONS_PER_SECOND = 25;
const ACTIVE_CONNECTIONS = 3000;
const GIGABYTES_PER_HOUR = 1;

/** Capacity units that a load takes: by the dimension that needs most. Ten rules are free, and we have fewer. */
export function capacityUnits(requestsPerSecond: number, assumptions: Assumptions): number {
  const connections = requestsPerSecond * assumptions['connections-per-request'];
  const kilobytes = assumptions['request-kilobytes'] + assumptions['response-kilobytes'];
  const gigabytesPerHour = (requestsPerSecond * 3600 * kilobytes) / 1_000_000;
  return Math.max(
    connections / NEW_CONNECTIONS_PER_SECOND,
    (connections * assumptions['connection-seconds']) / ACTIVE_CONNECTIONS,
    gigabytesPerHour / GIGABYTES_PER_HOUR,
  );
}

const loadBalancer: Pricing = ({ Scheme, Subnets }, { usage, traffic, assumptions }) => {
  const isPublic = Scheme === 'internet-facing';
  const zones = listOf(Subnets).length;
  return [
    {
      service: 'Load balancer',
      priceKey: 'alb.hour',
      quantity: always(HOURS_PER_MONTH),
      driver: 'fixed',
    },
    {
      service: 'Load balancer, capacity',
      priceKey: 'alb.lcu-hour',
      quantity: perScenario(
        (scenario) => capacityUnits(usage[scenario].requestsPerSecond, assumptions) * HOURS_PER_MONTH,
      ),
      driver: 'per-million-requests',
    },
    ...(isPublic
      ? [
          {
            service: 'Public IPv4 address',
            priceKey: 'public-ipv4.hour',
            quantity: always(zones * HOURS_PER_MONTH),
            driver: 'fixed' as const,
            note: `one in each of ${zones} zones; a load balancer under load takes more`,
          },
          {
            service: 'Data to the internet',
            priceKey: 'data-transfer.internet.gb',
            quantity: perScenario((scenario) => traffic[scenario].directGigabytes),
            driver: 'per-million-requests' as const,
            note: 'responses that do not go through CloudFront',
          },
        ]
      : []),
  ];
};

export const LOAD_BALANCER: PricingByType = {
  'AWS::ElasticLoadBalancingV2::LoadBalancer': loadBalancer,
};
