import { DEFAULT_ASSUMPTIONS } from '../../../bin/cost/assumptions';
import { always, perScenario } from '../../../bin/cost/item';
import { itemsOf } from '../../../bin/cost/resources';
import { vcpusOf } from '../../../bin/cost/resources/database';
import { runsPerMonth } from '../../../bin/cost/resources/functions';
import { capacityUnits } from '../../../bin/cost/resources/load-balancer';
import { alarmMetrics } from '../../../bin/cost/resources/monitoring';
import type { TemplateResources } from '../../../bin/cost/resources/resource';
import { trafficOf } from '../../../bin/cost/traffic';

/** 100 million requests a month whatever the scenario. */
const usage = perScenario(() => ({ replicas: 4, requestsPerSecond: 38, millionRequests: 100 }));
const context = {
  usage,
  traffic: trafficOf(usage, DEFAULT_ASSUMPTIONS, 20),
  nodes: { fixed: 2, total: always(5), pods: always(11) },
  assumptions: DEFAULT_ASSUMPTIONS,
};

/** What is paid for at the expected load: quantity by price. */
function quantities(resources: TemplateResources): Record<string, number> {
  const items = itemsOf({ id: 'Stack', region: 'us-east-1', resources }, context);
  const sums: Record<string, number> = {};
  for (const { priceKey, quantity } of items) sums[priceKey] = (sums[priceKey] ?? 0) + quantity.expected;
  return Object.fromEntries(Object.entries(sums).map(([key, sum]) => [key, Number(sum.toPrecision(10))]));
}

test('an interface endpoint is paid for in each zone, one of a gateway not at all', () => {
  const endpoint = (VpcEndpointType: string) => ({
    Type: 'AWS::EC2::VPCEndpoint',
    Properties: { VpcEndpointType, SubnetIds: ['a', 'b', 'c'] },
  });
  expect(quantities({ One: endpoint('Interface'), Two: endpoint('Gateway') })).toEqual({
    'interface-endpoint.hour': 3 * 730,
    'interface-endpoint.gb': 20,
  });
});

test('the endpoint of logs takes what requests log', () => {
  const endpoint = {
    Type: 'AWS::EC2::VPCEndpoint',
    Properties: {
      VpcEndpointType: 'Interface',
      SubnetIds: ['a'],
      ServiceName: 'com.amazonaws.us-east-1.logs',
    },
  };
  // 20 GB, and 0.2 + 0.05 KB of each of 100 million requests
  expect(quantities({ Logs: endpoint })).toMatchObject({ 'interface-endpoint.gb': 45 });
});

test('a replica is as large as what it follows, and not backed up', () => {
  const size = { DBInstanceClass: 'db.r8g.large', StorageType: 'gp3', MaxAllocatedStorage: 200 };
  const Primary = {
    Type: 'AWS::RDS::DBInstance',
    Properties: { ...size, AllocatedStorage: '100', BackupRetentionPeriod: 10 },
  };
  const follows = { 'Fn::Join': ['', ['arn:aws:rds:us-east-1:1:db:', { Ref: 'Primary' }]] };
  const Replica = {
    Type: 'AWS::RDS::DBInstance',
    Properties: { ...size, SourceDBInstanceIdentifier: follows },
  };
  expect(quantities({ Primary, Replica })).toMatchObject({
    // 100 GB and a fifth of the way to 200 GB, twice
    'rds.gp3.single-az.gb-month': 240,
    // 2 % a day of 120 GB
    'rds.backup.gb-month': 24,
  });
});

test('gateways share what goes through them', () => {
  const gateway = { Type: 'AWS::EC2::NatGateway' };
  // 20 GB and 0.5 KB of each of 100 million requests, half of it outbound, however many gateways
  expect(quantities({ One: gateway, Two: gateway })).toEqual({
    'nat-gateway.hour': 1460,
    'nat-gateway.gb': 70,
    'data-transfer.internet.gb': 25,
  });
});

test('a database brings its insights, its samples and its secret, and a proxy by its vCPUs', () => {
  const resources = {
    Database: {
      Type: 'AWS::RDS::DBInstance',
      Properties: {
        DBInstanceClass: 'db.r8g.2xlarge',
        MultiAZ: true,
        StorageType: 'gp3',
        AllocatedStorage: '100',
        BackupRetentionPeriod: 35,
        DatabaseInsightsMode: 'advanced',
        MonitoringInterval: 15,
        ManageMasterUserPassword: true,
      },
    },
    Proxy: { Type: 'AWS::RDS::DBProxy' },
    Targets: {
      Type: 'AWS::RDS::DBProxyTargetGroup',
      Properties: { DBProxyName: { Ref: 'Proxy' }, DBInstanceIdentifiers: [{ Ref: 'Database' }] },
    },
  };
  expect(quantities(resources)).toEqual({
    'rds.db.r8g.2xlarge.multi-az.hour': 730,
    'rds.gp3.multi-az.gb-month': 100,
    'rds.backup.gb-month': 70, // 35 days x 2 % x 100 GB
    'rds.database-insights.vcpu-hour': 8 * 730,
    'logs.ingestion.gb': 0.7008, // 2,628,000 s / 15 s x 4 KB
    'secrets-manager.secret.month': 1,
    'rds.proxy.vcpu-hour': 8 * 730,
  });
});

test.each([
  ['db.t4g.medium', 2],
  ['db.m8g.large', 2],
  ['db.r8g.xlarge', 4],
  ['db.r8g.4xlarge', 16],
])('%s has %i vCPUs', (instanceClass, vcpus) => {
  expect(vcpusOf(instanceClass)).toBe(vcpus);
});

test('a cache is its nodes and its snapshots', () => {
  const properties = {
    CacheNodeType: 'cache.r7g.large',
    Engine: 'valkey',
    NumNodeGroups: 2,
    ReplicasPerNodeGroup: 1,
    SnapshotRetentionLimit: 7,
  };
  expect(
    quantities({ Cache: { Type: 'AWS::ElastiCache::ReplicationGroup', Properties: properties } }),
  ).toEqual({
    'elasticache.valkey.cache.r7g.large.hour': 4 * 730,
    'elasticache.snapshot.gb-month': 2 * 6 * 4,
  });
});

test.each([
  // 1,000 requests/s: 100 new connections/s of 25; 12,000 active of 3,000; 43.2 GB/h
  [1000, {}, 43.2],
  [1000, { 'request-kilobytes': 0, 'response-kilobytes': 1 }, 4],
  [1000, { 'request-kilobytes': 0, 'response-kilobytes': 1, 'connection-seconds': 1200 }, 40],
])('%i requests/s with %j take %d capacity units', (rps, assumptions, units) => {
  expect(capacityUnits(rps, { ...DEFAULT_ASSUMPTIONS, ...assumptions })).toBeCloseTo(units, 9);
});

test('a load balancer that the internet does not reach has no public addresses', () => {
  const balancer = {
    Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
    Properties: { Scheme: 'internal', Subnets: ['a'] },
  };
  expect(Object.keys(quantities({ Balancer: balancer }))).toEqual(['alb.hour', 'alb.lcu-hour']);
});

test('a web ACL is paid for by its rules and by the requests that it sees', () => {
  const acl = (Scope: string) => ({ Type: 'AWS::WAFv2::WebACL', Properties: { Scope, Rules: [{}, {}, {}] } });
  const parts = { 'waf.web-acl.month': 1, 'waf.rule.month': 3 };
  expect(quantities({ Acl: acl('REGIONAL') })).toEqual({ ...parts, 'waf.million-requests': 100 });
  // 20 % of 100 million, and 0.2 files for each of those
  expect(quantities({ Acl: acl('CLOUDFRONT') })).toEqual({ ...parts, 'waf.million-requests': 24 });
});

test('a distribution is requests, bytes and runs of its function', () => {
  const behavior = { FunctionAssociations: [{}] };
  const distribution = {
    Type: 'AWS::CloudFront::Distribution',
    Properties: { DistributionConfig: { DefaultCacheBehavior: behavior } },
  };
  expect(quantities({ Distribution: distribution })).toEqual({
    'cloudfront.ten-thousand-requests': 2400,
    'cloudfront.gb': 400, // 20 million x 10 KB, and 4 million files of 50 KB
    'cloudfront.origin.gb': 40, // 20 million x 2 KB
    'cloudfront.million-function-runs': 4,
  });
});

test.each([
  // 5 GB and 0.05 KB of 100 million requests; 90 days of it at 15 %
  ['/llm-cost-ops/prod/vpc-flow-logs', 90, { 'logs.vended.gb': 10, 'logs.storage.gb-month': 4.5 }],
  ['/aws/eks/llm-cost-ops-prod/cluster', 30, { 'logs.vended.gb': 10, 'logs.storage.gb-month': 1.5 }],
  [
    '/aws/rds/instance/llm-cost-ops-prod/postgresql',
    30,
    { 'logs.ingestion.gb': 2, 'logs.storage.gb-month': 0.3 },
  ],
  // 0.05 KB of 100 million requests; and the metrics that become of them
  [
    '/llm-cost-ops/prod/api-metrics',
    30,
    { 'logs.ingestion.gb': 5, 'logs.storage.gb-month': 0.75, 'cloudwatch.metric.month': 6 },
  ],
  // 0.5 GB and 0.2 KB of 100 million requests; in a name that is put together
  [
    { 'Fn::Join': ['', ['/aws/containerinsights/', { Ref: 'Cluster' }, '/application']] },
    30,
    { 'logs.ingestion.gb': 20.5, 'logs.storage.gb-month': 3.075 },
  ],
  ['/llm-cost-ops/prod/scaler-1', 30, { 'logs.ingestion.gb': 0.2, 'logs.storage.gb-month': 0.03 }],
  ['/llm-cost-ops/prod/cache/slow-log', 30, { 'logs.ingestion.gb': 0.5, 'logs.storage.gb-month': 0.075 }],
])('what goes into the log group %s is told by its name', (LogGroupName, RetentionInDays, expected) => {
  const group = { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName, RetentionInDays } };
  expect(quantities({ Group: group })).toEqual(expected);
});

const metric = (Id: string) => ({ Id, MetricStat: { Period: 60 }, ReturnData: false });

test.each([
  ['one metric', { MetricName: 'Errors' }, 1],
  [
    'an expression over two metrics',
    { Metrics: [{ Id: 'rate', Expression: 'a / b' }, metric('a'), metric('b')] },
    2,
  ],
  ['a query', { Metrics: [{ Id: 'q', Expression: 'SELECT MAX(x) FROM y' }] }, 1],
  [
    'a band around a metric',
    { Metrics: [{ Id: 'band', Expression: 'ANOMALY_DETECTION_BAND(a)' }, metric('a')] },
    3,
  ],
])('an alarm is paid for by its metrics: %s', (_, properties, metrics) => {
  expect(alarmMetrics(properties)).toBe(metrics);
});

test('an alarm that looks more often than once a minute is dearer', () => {
  const alarm = (Period: number) => ({
    Type: 'AWS::CloudWatch::Alarm',
    Properties: { MetricName: 'Errors', Period },
  });
  expect(quantities({ Slow: alarm(60), Fast: alarm(10) })).toEqual({
    'cloudwatch.alarm-metric.month': 1,
    'cloudwatch.high-resolution-alarm-metric.month': 1,
  });
});

test.each([
  ['rate(5 minutes)', 8760],
  ['rate(1 hour)', 730],
  ['cron(17 3 * * ? *)', 730 / 24],
  ['cron(0/15 * * * ? *)', 2920],
  ['at(2099-12-31T23:59:59)', 0],
])('%s is %d runs a month', (expression, runs) => {
  expect(runsPerMonth(expression)).toBeCloseTo(runs, 9);
});

test.each(['cron(0 3 ? * MON *)', 'cron(0 3 1 * ? *)', 'rate(1 fortnight)'])(
  '%s cannot be counted',
  (text) => {
    expect(() => runsPerMonth(text)).toThrow(`a schedule that the estimate cannot count: ${text}`);
  },
);

test('a function is paid for by the runs that a schedule makes', () => {
  const properties = { MemorySize: 2048, Architectures: ['arm64'] };
  const schedule = (State: string) => ({
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      ScheduleExpression: 'rate(1 hour)',
      State,
      Target: { Arn: { 'Fn::GetAtt': ['Function', 'Arn'] } },
    },
  });
  expect(
    quantities({
      Function: { Type: 'AWS::Lambda::Function', Properties: properties },
      OfDeployments: { Type: 'AWS::Lambda::Function', Properties: properties },
      Schedule: schedule('ENABLED'),
      Switch: schedule('DISABLED'),
    }),
  ).toEqual({
    'lambda.million-requests': 0.00073,
    'lambda.arm64.gb-second': 730 * 2 * 8,
    'cloudwatch.metric.month': 10,
    'scheduler.million-invocations': 0.00073,
  });
});

test('Container Insights is paid for by nodes and pods, the other add-ons not at all', () => {
  const addon = (AddonName: string) => ({ Type: 'AWS::EKS::Addon', Properties: { AddonName } });
  const resources = { One: addon('amazon-cloudwatch-observability'), Two: addon('metrics-server') };
  // (5 nodes x 100 + (11 + 5 x 2 + 1) pods x 60) x 43,800 minutes
  expect(quantities(resources)).toEqual({ 'cloudwatch.million-observations': 79.716 });
});

test('access logs are kept as long as their bucket says', () => {
  const resources = {
    Logs: {
      Type: 'AWS::S3::Bucket',
      Properties: { LifecycleConfiguration: { Rules: [{ ExpirationInDays: 90 }] } },
    },
    Files: { Type: 'AWS::S3::Bucket' },
    Balancer: {
      Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
      Properties: { LoadBalancerAttributes: [{ Key: 'access_logs.s3.bucket', Value: { Ref: 'Logs' } }] },
    },
  };
  // 100 million x 0.1 KB x 3 months, and 1 GB of files
  expect(quantities(resources)).toMatchObject({ 's3.gb-month': 31 });
});

test('queries of an alias are free', () => {
  const record = (properties: object) => ({ Type: 'AWS::Route53::RecordSet', Properties: { ...properties } });
  const resources = { Alias: record({ AliasTarget: {} }), Other: record({ ResourceRecords: ['192.0.2.1'] }) };
  expect(quantities(resources)).toEqual({ 'route53.million-queries': 1 });
});
