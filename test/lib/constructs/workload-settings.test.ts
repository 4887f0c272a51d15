import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ResolvedWorkload } from '../../../lib/config/environment-config';
import type { LoadBalancer } from '../../../lib/constructs/load-balancer/load-balancer';
import { workloadSettings } from '../../../lib/constructs/scaling/workload-settings';
import { testConfig } from '../../helpers/config';

const metricOf = (TargetGroup?: string) => () =>
  new Metric({
    namespace: 'AWS/ApplicationELB',
    metricName: 'RequestCount',
    dimensionsMap: { LoadBalancer: 'app/alb', ...(TargetGroup && { TargetGroup }) },
  });

const BALANCER = {
  metricRequestCount: metricOf(),
  metricApiRequests: metricOf('api'),
  metricGatewayRequests: metricOf('gateway'),
  metricHealthyHosts: metricOf('api'),
} as unknown as LoadBalancer;

const workloadOf = (load: 'all-requests' | 'api-requests' | 'gateway-requests') =>
  testConfig({ predictiveScaling: { workloads: [{ name: 'prod-api', load }] } }).predictiveScaling
    ?.workloads[0] as ResolvedWorkload;

test.each([
  ['all-requests', { LoadBalancer: 'app/alb' }],
  ['api-requests', { LoadBalancer: 'app/alb', TargetGroup: 'api' }],
  ['gateway-requests', { LoadBalancer: 'app/alb', TargetGroup: 'gateway' }],
] as const)('forecasts %s by the requests of %j in a second', (load, dimensions) => {
  expect(workloadSettings(workloadOf(load), BALANCER).load).toEqual({
    namespace: 'AWS/ApplicationELB',
    name: 'RequestCount',
    dimensions,
    statistic: 'Sum',
    scale: 1 / 60,
  });
});

test('leaves a metric of another service alone', () => {
  const load = {
    namespace: 'AWS/SQS',
    name: 'NumberOfMessagesSent',
    dimensions: { QueueName: 'jobs' },
    statistic: 'Sum',
    scale: 1 / 60,
  } as const;
  const workload = { ...workloadOf('all-requests'), load };
  expect(workloadSettings(workload, BALANCER).load).toEqual(load);
});
