import { always, perScenario } from '../item';
import { listOf, type Pricing, type PricingByType } from './resource';

/** A managed rule group is paid for as one rule. */
const webAcl: Pricing = ({ Rules, Scope }, { traffic }) => [
  { service: 'Web ACL', priceKey: 'waf.web-acl.month', quantity: always(1), driver: 'fixed' },
  {
    service: 'Web ACL, rules',
    priceKey: 'waf.rule.month',
    quantity: always(listOf(Rules).length),
    driver: 'fixed',
  },
  {
    service: 'Web ACL, requests',
    priceKey: 'waf.million-requests',
    quantity: perScenario((scenario) => {
      const { api, cdnApi, cdnFiles } = traffic[scenario];
      return Scope === 'CLOUDFRONT' ? cdnApi + cdnFiles : api;
    }),
    driver: 'per-million-requests',
    // AWS charges a request that the first rule lets pass like any other.
    note:
      Scope === 'CLOUDFRONT'
        ? 'requests to CloudFront'
        : 'requests to the load balancer, with those that CloudFront has inspected',
  },
];

export const WEB_ACL: PricingByType = { 'AWS::WAFv2::WebACL': webAcl };
