import { always, perScenario } from '../item';
import {
  idOf,
  listOf,
  numberOf,
  ofType,
  type Pricing,
  type PricingByType,
  type PricingContext,
  type Properties,
} from './resource';

/** Requests that leave a line of an access log in a bucket, millions. */
type LoggedRequests = (traffic: PricingContext['traffic']['low']) => number;

const bucket: Pricing = (properties, context, id) => {
  const { assumptions, traffic } = context;
  const logged = loggedRequests(context, id);
  if (!logged) {
    return [
      {
        service: 'S3 storage',
        priceKey: 's3.gb-month',
        quantity: always(assumptions['bucket-gigabytes']),
        driver: 'fixed',
      },
    ];
  }
  const days = expirationDays(properties);
  return [
    {
      service: 'S3 storage, access logs',
      priceKey: 's3.gb-month',
      quantity: perScenario(
        (scenario) =>
          logged(traffic[scenario]) * assumptions['access-log-kilobytes-per-request'] * (days / 30),
      ),
      driver: 'per-million-requests',
      note: `${days} days`,
    },
  ];
};

/** Resource whose access logs go into a bucket; undefined where none do. */
function loggedRequests(context: PricingContext, id: string): LoggedRequests | undefined {
  const balancers = ofType(context, 'AWS::ElasticLoadBalancingV2::LoadBalancer').flatMap(
    ({ Properties = {} }) => listOf(Properties['LoadBalancerAttributes']),
  ) as readonly { readonly Key?: string; readonly Value?: unknown }[];
  if (balancers.some(({ Key, Value }) => Key === 'access_logs.s3.bucket' && idOf(Value) === id)) {
    return ({ api }) => api;
  }
  const isCdnLog = ofType(context, 'AWS::CloudFront::Distribution').some(({ Properties = {} }) => {
    const { Logging } = (Properties['DistributionConfig'] ?? {}) as { Logging?: { Bucket?: unknown } };
    return idOf(Logging?.Bucket) === id;
  });
  return isCdnLog ? ({ cdnApi, cdnFiles }) => cdnApi + cdnFiles : undefined;
}

function expirationDays({ LifecycleConfiguration }: Properties): number {
  const { Rules } = (LifecycleConfiguration ?? {}) as Properties;
  const days = (listOf(Rules) as readonly Properties[]).map(({ ExpirationInDays }) =>
    numberOf(ExpirationInDays, 0),
  );
  return Math.max(0, ...days) || 365;
}

export const STORAGE: PricingByType = { 'AWS::S3::Bucket': bucket };
