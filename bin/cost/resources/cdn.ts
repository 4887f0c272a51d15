import { perScenario } from '../item';
import { listOf, type Pricing, type PricingByType, type Properties } from './resource';

const distribution: Pricing = ({ DistributionConfig }, { traffic, assumptions }) => {
  const { DefaultCacheBehavior } = DistributionConfig as Properties;
  const { FunctionAssociations } = (DefaultCacheBehavior ?? {}) as Properties;
  return [
    {
      service: 'CloudFront, requests',
      priceKey: 'cloudfront.ten-thousand-requests',
      quantity: perScenario((scenario) => (traffic[scenario].cdnApi + traffic[scenario].cdnFiles) * 100),
      driver: 'per-million-requests',
      note: 'at the price of North America',
    },
    {
      service: 'CloudFront, data to the internet',
      priceKey: 'cloudfront.gb',
      quantity: perScenario((scenario) => traffic[scenario].cdnGigabytes),
      driver: 'per-million-requests',
      note: 'at the price of North America',
    },
    {
      service: 'CloudFront, data to the origin',
      priceKey: 'cloudfront.origin.gb',
      quantity: perScenario((scenario) => traffic[scenario].cdnApi * assumptions['request-kilobytes']),
      driver: 'per-million-requests',
      note: 'requests to the API, as if each had a body',
    },
    ...(listOf(FunctionAssociations).length > 0
      ? [
          {
            service: 'CloudFront, functions',
            priceKey: 'cloudfront.million-function-runs',
            quantity: perScenario((scenario) => traffic[scenario].cdnFiles),
            driver: 'per-million-requests' as const,
          },
        ]
      : []),
  ];
};

export const CDN: PricingByType = { 'AWS::CloudFront::Distribution': distribution };
