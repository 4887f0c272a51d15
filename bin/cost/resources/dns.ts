import { always } from '../item';
import type { Pricing, PricingByType } from './resource';

/** Queries of an alias to a load balancer or a distribution are free. */
const recordSet: Pricing = ({ AliasTarget }, { assumptions }) =>
  AliasTarget === undefined
    ? [
        {
          service: 'DNS queries',
          priceKey: 'route53.million-queries',
          quantity: always(assumptions['dns-queries'] / 1_000_000),
          driver: 'fixed',
        },
      ]
    : [];

export const DNS: PricingByType = { 'AWS::Route53::RecordSet': recordSet };
