import { entranceOf } from '../../../bin/deploy/probe/entrance';
import { addressesOf } from '../../../bin/deploy/summary';
import { testConfig } from '../../helpers/config';

const stack = (id: 'Cdn' | 'Ingress', outputs: Readonly<Record<string, string>>) => ({
  id,
  stackName: id,
  region: 'us-east-1',
  arn: id,
  status: 'CREATE_COMPLETE',
  reason: undefined,
  isProtected: false,
  outputs,
});

const STACKS = [
  stack('Ingress', { LoadBalancerDnsName: 'alb.us-east-1.elb.amazonaws.com' }),
  stack('Cdn', { DistributionDomainName: 'd111.cloudfront.net' }),
];

test.each([
  ['dev', { origin: 'https://alb.us-east-1.elb.amazonaws.com', host: 'api.dev.example.com' }],
  ['sandbox', { origin: 'https://d111.cloudfront.net', host: 'd111.cloudfront.net' }],
])('the probe of %s comes in by %j', (environment, entrance) => {
  expect(entranceOf(testConfig({}, environment), STACKS)).toEqual(entrance);
});

test('without a domain every address is CloudFront’s own name', () => {
  const address = 'https://d111.cloudfront.net';
  expect(addressesOf(testConfig({}, 'sandbox'), STACKS)).toEqual({
    api: address,
    admin: address,
    app: address,
  });
  expect(addressesOf(testConfig({}, 'dev'), STACKS).admin).toBe('https://admin.dev.example.com');
});
