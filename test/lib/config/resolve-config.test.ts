import fc from 'fast-check';
import type { EnvironmentConfig } from '../../../lib/config/environment-config';
import { environments } from '../../../lib/config/environments';
import { ConfigError } from '../../../lib/config/problem';
import { loadEnvironment, resolveConfig } from '../../../lib/config/resolve-config';
import { EXISTING_API, problems, testConfig, testInput } from '../../helpers/config';

/** Rules that send the gateway's paths to its target group, before the rules of a test. */
const GATEWAY_RULES = [
  {
    priority: 100,
    paths: ['/api/v1/chat/completions', '/api/v1/responses', '/api/v1/embeddings'],
    hosts: ['api.example.com'],
    target: 'gateway',
  },
  {
    priority: 101,
    paths: ['/api/v1/models*', '/api/v1/messages*'],
    hosts: ['api.example.com'],
    target: 'gateway',
  },
] as const;

/** A gateway whose calls are no longer than the time-outs of the guide. */
const SHORT_CALLS = { longestCallSeconds: 30, silenceTimeoutSeconds: 30 };

describe('loadEnvironment', () => {
  test.each(Object.keys(environments))('resolves %s', (name) => {
    expect(loadEnvironment(name).environment).toBe(name);
  });

  test.each([
    ['nope', 'env must be one of sandbox, dev, staging, prod, got "nope"'],
    ['toString', 'env must be one of sandbox, dev, staging, prod, got "toString"'],
    [7, 'env must be one of sandbox, dev, staging, prod, got 7'],
    [undefined, 'env must be one of sandbox, dev, staging, prod, but none was given: add -c env=<name>'],
    ['', 'env must be one of sandbox, dev, staging, prod, but none was given: add -c env=<name>'],
  ])('fails on %j and lists the valid names', (name, message) => {
    expect(() => loadEnvironment(name)).toThrow(new ConfigError([message]));
  });
});

describe('defaults', () => {
  test('are the seed values for production', () => {
    const { autoscaling, loadBalancer, database } = testConfig();
    expect(autoscaling.hpa).toMatchObject({ minReplicas: 3, maxReplicas: 50, requestsPerSecond: 100 });
    expect(loadBalancer).toMatchObject({ stickinessSeconds: 3600, deregistrationDelaySeconds: 30 });
    expect(database.clientPool).toEqual({
      max: 20,
      writeMax: 4,
      min: 5,
      idleTimeoutSeconds: 30,
      connectionTimeoutSeconds: 2,
      maxUses: 7500,
    });
  });

  test('follow the region, the account and the hosts', () => {
    const config = testConfig({ region: 'eu-west-1', account: '999999999999' }, 'dev');
    expect(config.availabilityZones).toEqual(['eu-west-1a', 'eu-west-1b', 'eu-west-1c']);
    expect(config.workload.image.repository).toBe(
      '999999999999.dkr.ecr.eu-west-1.amazonaws.com/llm-cost-ops-dev-api',
    );
    expect(config.loadBalancer.routingRules[0]?.hosts).toEqual([
      'api.dev.example.com',
      'app.dev.example.com',
    ]);
  });

  test('of time-outs follow the longest call and the drain of the gateway', () => {
    const { loadBalancer, workload } = testConfig();
    expect([loadBalancer.idleTimeoutSeconds, workload.terminationGraceSeconds]).toEqual([610, 365]);
    const other = testConfig({
      gateway: { longestCallSeconds: 900, drainSeconds: 600 },
      workload: { preStopSeconds: 40 },
    });
    expect([other.loadBalancer.idleTimeoutSeconds, other.workload.terminationGraceSeconds]).toEqual([
      910, 670,
    ]);
  });

  test('leave an explicit value alone, falsy ones too', () => {
    const { network, cache } = testConfig({ network: { interfaceEndpoints: [] }, cache: { shards: 3 } });
    expect(network.interfaceEndpoints).toEqual([]);
    expect(cache).toMatchObject({ shards: 3, replicasPerShard: 1 });
    expect(testConfig({}, 'dev').cache.multiAz).toBe(false);
  });

  test('leave no field undefined', () => {
    const undefinedPaths: string[] = [];
    const walk = (value: unknown, path: string): void => {
      if (value === undefined) undefinedPaths.push(path);
      if (typeof value === 'object' && value !== null) {
        for (const [key, child] of Object.entries(value)) walk(child, `${path}.${key}`);
      }
    };
    for (const name of Object.keys(environments)) walk(loadEnvironment(name), name);
    expect(undefinedPaths).toEqual([]);
  });

  test.each([
    ['hpa-acts', 70, 80, 'Off'],
    ['vpa-acts', null, null, 'InPlaceOrRecreate'],
  ] as const)('of preset %s divide CPU and memory between HPA and VPA', (preset, cpu, memory, updateMode) => {
    const { hpa, vpa } = testConfig({ autoscaling: { preset } }).autoscaling;
    expect(hpa).toMatchObject({
      cpuUtilizationPercent: cpu,
      memoryUtilizationPercent: memory,
      requestsPerSecond: 100,
    });
    expect(vpa.updateMode).toBe(updateMode);
  });

  test('of preset seed-verbatim let both act, given a reason', () => {
    const { hpa, vpa } = testConfig({
      autoscaling: { preset: 'seed-verbatim', conflictReason: 'comparison with the old cluster' },
    }).autoscaling;
    expect(hpa.cpuUtilizationPercent).toBe(70);
    expect(vpa.updateMode).toBe('Auto');
  });

  test('know an existing cluster by its own four knobs', () => {
    const existing = {
      name: 'shared',
      version: '1.34',
      securityGroupId: 'sg-0123456789abcdef0',
      ...EXISTING_API,
      loadBalancerController: 'aws-load-balancer-controller' as const,
    };
    expect(
      testConfig({ cluster: { existing }, metrics: { scraperNamespace: 'monitoring' } }).cluster,
    ).toMatchObject({ kind: 'existing', ...existing });
  });
});

/** Each rule: what breaks it, the one message it gives, and a nearby value that passes. */
const RULES: readonly [name: string, bad: object, message: string, good: object][] = [
  [
    'zones of the region',
    { availabilityZones: ['us-east-1a', 'us-east-1b', 'eu-west-1c'] },
    'prod.availabilityZones must be three different zones of us-east-1, got ["us-east-1a","us-east-1b","eu-west-1c"]',
    { availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1d'] },
  ],
  [
    'different hosts',
    { domain: { admin: 'api.example.com' } },
    'prod.domain must have three different hosts for api, admin and app, got api.example.com, api.example.com, app.example.com',
    { domain: { admin: 'ops.example.com' } },
  ],
  [
    'hosts in the zone',
    { domain: { api: 'api.example.org' } },
    'prod.domain.api must be in the hosted zone example.com, got api.example.org',
    { domain: { api: 'api.eu.example.com' } },
  ],
  [
    'a certificate without a zone to validate one in',
    { domain: { hostedZone: null, certificateArn: null } },
    'prod.domain.certificateArn must be given where domain.hostedZone is null (a new certificate is validated in the zone), got null',
    { domain: { hostedZone: null } },
  ],
  [
    'the CloudFront certificate in us-east-1',
    { domain: { cdnCertificateArn: 'arn:aws:acm:eu-west-1:333333333333:certificate/abc' } },
    'prod.domain.cdnCertificateArn must be a certificate in us-east-1, got arn:aws:acm:eu-west-1:333333333333:certificate/abc',
    { domain: { cdnCertificateArn: 'arn:aws:acm:us-east-1:333333333333:certificate/abc' } },
  ],
  [
    'the ALB certificate of the account',
    { domain: { certificateArn: 'arn:aws:acm:us-east-1:444444444444:certificate/abc' } },
    'prod.domain.certificateArn must be a certificate of account 333333333333, got arn:aws:acm:us-east-1:444444444444:certificate/abc',
    { domain: { certificateArn: 'arn:aws:acm:us-east-1:333333333333:certificate/abc' } },
  ],
  [
    'room in the VPC',
    { network: { cidr: '10.0.0.0/20' } },
    'prod.network.cidr must be a range from /16 to /18 (nine subnets with room for pods), got 10.0.0.0/20',
    { network: { cidr: '10.0.0.0/18' } },
  ],
  [
    'storage that can grow',
    { database: { allocatedStorageGib: 1000, maxAllocatedStorageGib: 1050 } },
    'prod.database.maxAllocatedStorageGib must be at least 110 % of allocatedStorageGib (1100), got 1050',
    { database: { allocatedStorageGib: 1000, maxAllocatedStorageGib: 1100 } },
  ],
  [
    'storage for the requests',
    { database: { storedRequests: { perDay: 2_000_000 } } },
    'prod.database.maxAllocatedStorageGib must be at least 1178 for storedRequests.perDay: 714 of rows over requestRetentionMonths and 229 of prompts over promptRetentionDays, with a fifth free (a day at objectives.requestsPerSecond would add 403), got 1000; or keep fewer months, prompts for fewer days, or shorter prompts',
    {
      database: { storedRequests: { perDay: 2_000_000 }, promptRetentionDays: 7, requestRetentionMonths: 12 },
    },
  ],
  [
    'prompts that leave before their month',
    { database: { requestRetentionMonths: 1, promptRetentionDays: 29 } },
    'prod.database.promptRetentionDays must be at most 28, 28 days for each of requestRetentionMonths (1), so that prompts are deleted before their month leaves the table, got 29',
    { database: { requestRetentionMonths: 1, promptRetentionDays: 28 } },
  ],
  [
    'connections of a read replica',
    { database: { readReplicas: 1, maxConnections: 268 } },
    'prod.database.maxConnections must be at least 269 with read replicas, which have no pooler: the report pools of all API and admin replicas during a roll-out ((63 + 3) x 4; autoscaling.hpa.maxReplicas, admin.replicas) and 5 reserved, got 268',
    { database: { readReplicas: 1, maxConnections: 269 } },
  ],
  [
    'pooler against authentication',
    { database: { pooler: 'pgbouncer', authentication: 'iam' } },
    "prod.database.authentication must be 'password' with pooler 'pgbouncer' (PgBouncer cannot make IAM tokens), got 'iam'",
    { database: { pooler: 'pgbouncer' } },
  ],
  [
    'authentication against pooler',
    { database: { authentication: 'password' } },
    "prod.database.authentication must be 'iam' with pooler 'rds-proxy' (with a password, the first deployment of the proxy would wait for a user that the migrations create later), got 'password'",
    { database: { authentication: 'password', pooler: 'pgbouncer' } },
  ],
  [
    'pool bounds',
    { database: { clientPool: { min: 21 } } },
    'prod.database.clientPool.min must be at most clientPool.max (20), got 21',
    { database: { clientPool: { min: 20 } } },
  ],
  [
    'the client closes first',
    { database: { proxy: { idleClientTimeoutSeconds: 30 } } },
    'prod.database.proxy.idleClientTimeoutSeconds must be above clientPool.idleTimeoutSeconds (30), so that the client closes first, got 30',
    { database: { proxy: { idleClientTimeoutSeconds: 31 } } },
  ],
  [
    'nobody borrows longer than the client waits',
    { database: { proxy: { borrowTimeoutSeconds: 3 } } },
    'prod.database.proxy.borrowTimeoutSeconds must be at most clientPool.connectionTimeoutSeconds (2), after which the client gives up, got 3',
    { database: { proxy: { borrowTimeoutSeconds: 1 } } },
  ],
  [
    "RDS Proxy's idle time, where it is the pooler",
    { database: { clientPool: { idleTimeoutSeconds: 300 } } },
    'prod.database.proxy.idleClientTimeoutSeconds must be above clientPool.idleTimeoutSeconds (300), so that the client closes first, got 300',
    { database: { pooler: 'pgbouncer', clientPool: { idleTimeoutSeconds: 300 } } },
  ],
  [
    'idle share below the whole share',
    { database: { proxy: { maxIdleConnectionsPercent: 91 } } },
    'prod.database.proxy.maxIdleConnectionsPercent must be at most maxConnectionsPercent (90), got 91',
    { database: { proxy: { maxIdleConnectionsPercent: 90 } } },
  ],
  [
    'connections that the memory carries',
    { database: { instanceClass: 'r8g.large', maxConnections: 1803 } },
    "prod.database.maxConnections must be at most 1802, RDS's default for the memory of r8g.large, got 1803",
    { database: { instanceClass: 'r8g.large', maxConnections: 1802 } },
  ],
  [
    'as many notifications as AWS Budgets takes',
    { budget: { monthlyUsd: 4000, forecastPercents: [90, 100], spentPercents: [50, 75, 90, 100] } },
    'prod.budget must have 1 to 5 percentages in forecastPercents and spentPercents together, got 6',
    { budget: { monthlyUsd: 4000, forecastPercents: [90, 100], spentPercents: [50, 75, 90] } },
  ],
  [
    'some notification of a budget',
    { budget: { monthlyUsd: 4000, forecastPercents: [], spentPercents: [] } },
    'prod.budget must have 1 to 5 percentages in forecastPercents and spentPercents together, got 0',
    { budget: { monthlyUsd: 4000, forecastPercents: [100], spentPercents: [] } },
  ],
  [
    'each percentage of a budget once',
    { budget: { monthlyUsd: 4000, spentPercents: [80, 80] } },
    'prod.budget.spentPercents must name each percentage once, got [80,80]',
    { budget: { monthlyUsd: 4000, spentPercents: [80, 90] } },
  ],
  [
    'connections left for superusers',
    { database: { proxy: { maxConnectionsPercent: 100 } } },
    'prod.database.proxy.maxConnectionsPercent must be at most 99, so that 5 of 800 connections stay reserved, got 100',
    { database: { proxy: { maxConnectionsPercent: 99 } } },
  ],
  [
    'the connection budget',
    { autoscaling: { hpa: { maxReplicas: 53 } } },
    'prod.database.maxClientConnections must be at least 1629, the pools for reads and writes of all API and admin replicas during a roll-out (67 x (20 + 4) + 3 x (5 + 2); autoscaling.hpa.maxReplicas, clientPool.max and writeMax, admin), got 1600',
    { autoscaling: { hpa: { maxReplicas: 53 } }, database: { maxClientConnections: 1629 } },
  ],
  [
    'retry bounds',
    { cache: { client: { retryStepMilliseconds: 2001 } } },
    'prod.cache.client.retryStepMilliseconds must be at most retryMaxMilliseconds (2000), got 2001',
    { cache: { client: { retryStepMilliseconds: 2000 } } },
  ],
  [
    'a replica to fail over to',
    { cache: { replicasPerShard: 0 } },
    'prod.cache.replicasPerShard must be at least 1 with cache.multiAz, got 0',
    { cache: { replicasPerShard: 2 } },
  ],
  [
    'target groups of different names',
    { loadBalancer: { adminTargetGroupName: 'llm-api-servers' } },
    'prod.loadBalancer.adminTargetGroupName must differ from apiTargetGroupName (llm-api-servers), got llm-api-servers',
    { loadBalancer: { adminTargetGroupName: 'ops-servers' } },
  ],
  [
    'who may reach a hidden load balancer',
    { loadBalancer: { exposure: 'cloudfront-only' } },
    "prod.loadBalancer.cloudFrontPrefixListId must be given with exposure 'cloudfront-only': aws ec2 describe-managed-prefix-lists --filters Name=prefix-list-name,Values=com.amazonaws.global.cloudfront.origin-facing",
    { loadBalancer: { exposure: 'cloudfront-only', cloudFrontPrefixListId: 'pl-0123456789abcdef0' } },
  ],
  [
    'no prefix list that does nothing',
    { loadBalancer: { cloudFrontPrefixListId: 'pl-0123456789abcdef0' } },
    'prod.loadBalancer.cloudFrontPrefixListId must be null with exposure \'public\' (a public load balancer accepts every address), got "pl-0123456789abcdef0"',
    { loadBalancer: { cloudFrontPrefixListId: null } },
  ],
  [
    'slow start against least outstanding requests',
    { loadBalancer: { slowStartSeconds: 30, stickinessSeconds: 0 } },
    "prod.loadBalancer.slowStartSeconds must be 0 with algorithm 'least_outstanding_requests' (only round_robin has slow start), got 30",
    { loadBalancer: { slowStartSeconds: 30, stickinessSeconds: 0, algorithm: 'round_robin' } },
  ],
  [
    'slow start against weighted routing',
    { loadBalancer: { slowStartSeconds: 30, stickinessSeconds: 0, algorithm: 'weighted_random' } },
    "prod.loadBalancer.slowStartSeconds must be 0 with algorithm 'weighted_random' (only round_robin has slow start), got 30",
    { loadBalancer: { slowStartSeconds: 0, algorithm: 'weighted_random' } },
  ],
  [
    'slow start against stickiness',
    { loadBalancer: { slowStartSeconds: 30, algorithm: 'round_robin' } },
    'prod.loadBalancer.slowStartSeconds must be 0 with stickiness (3600 s; sticky clients bypass slow start), got 30',
    { loadBalancer: { slowStartSeconds: 900, algorithm: 'round_robin', stickinessSeconds: 0 } },
  ],
  [
    'health check time-out below its interval',
    { loadBalancer: { healthCheck: { timeoutSeconds: 30 } } },
    'prod.loadBalancer.healthCheck.timeoutSeconds must be below intervalSeconds (30), got 30',
    { loadBalancer: { healthCheck: { timeoutSeconds: 29 } } },
  ],
  [
    'unique priorities',
    {
      loadBalancer: {
        routingRules: [
          ...GATEWAY_RULES,
          { priority: 201, paths: ['/a'], hosts: [], target: 'api' },
          { priority: 201, paths: ['/b'], hosts: [], target: 'api' },
        ],
      },
    },
    'prod.loadBalancer.routingRules.3.priority must be unique, but rule 2 has 201 too',
    {
      loadBalancer: {
        routingRules: [...GATEWAY_RULES, { priority: 201, paths: ['/a'], hosts: [], target: 'api' }],
      },
    },
  ],
  [
    'at most five values a rule',
    {
      loadBalancer: {
        routingRules: [
          ...GATEWAY_RULES,
          { priority: 201, paths: ['/a', '/b', '/c', '/d', '/e', '/f'], hosts: [], target: 'api' },
        ],
      },
    },
    'prod.loadBalancer.routingRules.2 must have at most 5 paths and hosts together, got 6',
    {
      loadBalancer: {
        routingRules: [
          ...GATEWAY_RULES,
          { priority: 201, paths: ['/a', '/b', '/c', '/d', '/e'], hosts: [], target: 'api' },
        ],
      },
    },
  ],
  [
    'a condition in every rule',
    {
      loadBalancer: {
        routingRules: [...GATEWAY_RULES, { priority: 201, paths: [], hosts: [], target: 'api' }],
      },
    },
    'prod.loadBalancer.routingRules.2 must have at least one path or host, got none',
    { loadBalancer: { routingRules: [...GATEWAY_RULES] } },
  ],
  [
    "the seed's own rules, where the path rule shadows the admin host",
    {
      loadBalancer: {
        routingRules: [
          ...GATEWAY_RULES,
          { priority: 201, paths: ['/api/v1/*'], hosts: [], target: 'api' },
          { priority: 202, paths: [], hosts: ['admin.example.com'], target: 'admin' },
        ],
      },
    },
    'prod.loadBalancer.routingRules.3.hosts must not be shadowed by the rule of priority 201, which matches /api/v1/* on every host: add hosts to that rule',
    {
      loadBalancer: {
        routingRules: [
          ...GATEWAY_RULES,
          { priority: 202, paths: ['/api/v1/*'], hosts: [], target: 'api' },
          { priority: 201, paths: [], hosts: ['admin.example.com'], target: 'admin' },
        ],
      },
    },
  ],
  [
    'a rule for each path of the gateway',
    { loadBalancer: { routingRules: GATEWAY_RULES.slice(0, 1) } },
    "prod.loadBalancer.routingRules must send /api/v1/chat/completions, /api/v1/responses, /api/v1/embeddings, /api/v1/models*, /api/v1/messages* on api.example.com to the target 'gateway', by priorities below those of other rules that match them, but /api/v1/models* goes to 'api', the default",
    { loadBalancer: { routingRules: [...GATEWAY_RULES] } },
  ],
  [
    'no rule before those of the gateway that takes its paths',
    {
      loadBalancer: {
        routingRules: [
          ...GATEWAY_RULES,
          { priority: 1, paths: ['/api/v1/*'], hosts: ['api.example.com'], target: 'api' },
        ],
      },
    },
    "prod.loadBalancer.routingRules must send /api/v1/chat/completions, /api/v1/responses, /api/v1/embeddings, /api/v1/models*, /api/v1/messages* on api.example.com to the target 'gateway', by priorities below those of other rules that match them, but /api/v1/chat/completions goes to 'api' by the rule of priority 1",
    {
      loadBalancer: {
        routingRules: [...GATEWAY_RULES, { priority: 102, paths: ['/api/v1/*'], hosts: [], target: 'api' }],
      },
    },
  ],
  [
    'a Prometheus for the calls of the gateway',
    { autoscaling: { hpa: { requestsPerSecond: null, gatewaySlotsPercent: 70 } } },
    'prod.autoscaling.hpa.gatewaySlotsPercent must be null where requestsPerSecond is null (no Prometheus would serve it; give requestsPerSecond a high value to scale by calls alone), got 70',
    {
      autoscaling: { hpa: { requestsPerSecond: 1000, gatewaySlotsPercent: 70 } },
      gateway: { maxConnections: 800 },
    },
  ],
  [
    'a name of its own for the target group of the gateway',
    { loadBalancer: { gatewayTargetGroupName: 'admin-servers' } },
    'prod.loadBalancer.gatewayTargetGroupName must differ from apiTargetGroupName (llm-api-servers) and adminTargetGroupName (admin-servers), got admin-servers',
    { loadBalancer: { gatewayTargetGroupName: 'other-gateway' } },
  ],
  [
    "the ALB outlasts NGINX's reads",
    { loadBalancer: { idleTimeoutSeconds: 59 }, gateway: SHORT_CALLS },
    'prod.loadBalancer.idleTimeoutSeconds must be at least nginx.readTimeoutSeconds (60), got 59',
    { loadBalancer: { idleTimeoutSeconds: 60 }, gateway: SHORT_CALLS },
  ],
  [
    'the ALB outlasts the longest call',
    { loadBalancer: { idleTimeoutSeconds: 609 } },
    'prod.loadBalancer.idleTimeoutSeconds must be at least 610 (gateway.longestCallSeconds, 600, and 5 s for each of NGINX and the load balancer: a whole answer is silent until its end), got 609',
    { loadBalancer: { idleTimeoutSeconds: 610 } },
  ],
  [
    "pings beat NGINX's read time-out",
    { workload: { streamPingSeconds: 60 } },
    'prod.workload.streamPingSeconds must be below nginx.readTimeoutSeconds (60), got 60',
    { workload: { streamPingSeconds: 59 } },
  ],
  [
    'CloudFront waits for a ping',
    { cdn: { readTimeoutSeconds: 14 } },
    'prod.cdn.readTimeoutSeconds must be at least workload.streamPingSeconds (15), got 14',
    { cdn: { readTimeoutSeconds: 15 } },
  ],
  [
    'the pause covers deregistration',
    { workload: { preStopSeconds: 29 } },
    'prod.workload.preStopSeconds must be at least loadBalancer.deregistrationDelaySeconds (30), got 29',
    { workload: { preStopSeconds: 30 } },
  ],
  [
    'grace after the pause',
    { workload: { terminationGraceSeconds: 364 } },
    'prod.workload.terminationGraceSeconds must be at least 365 (preStopSeconds, 35, gateway.drainSeconds, 300, and 30 s to write what waits), got 364',
    { workload: { terminationGraceSeconds: 365 } },
  ],
  [
    'the drain is no shorter than the delay of the other target groups',
    { gateway: { drainSeconds: 29 } },
    'prod.gateway.drainSeconds must be at least loadBalancer.deregistrationDelaySeconds (30: requests of all target groups end within it), got 29',
    { gateway: { drainSeconds: 30 } },
  ],
  [
    'requests below limits',
    { workload: { cpuRequest: '600m', cpuLimit: '500m' } },
    'prod.workload.cpuRequest must be at most cpuLimit (500m), got 600m',
    { workload: { cpuRequest: '500m', cpuLimit: '500m' } },
  ],
  [
    "requests inside the VPA's bounds",
    { workload: { memoryRequest: '3Gi', memoryLimit: '3Gi' } },
    "prod.workload.memoryRequest must be within the VPA's bounds (128Mi to 2Gi), got 3Gi",
    { workload: { memoryRequest: '2Gi' } },
  ],
  [
    "a process within the HPA's share of the memory",
    { workload: { memoryRequest: '319Mi' } },
    'prod.workload.memoryRequest must be at least 320Mi (autoscaling.hpa.memoryUtilizationPercent, 80 %, of it must hold the 256 MiB of a process, or the HPA adds replicas without load), got 319Mi',
    { workload: { memoryRequest: '320Mi' } },
  ],
  [
    'a process within the memory limit of its container',
    { admin: { memoryLimit: '383Mi' } },
    'prod.admin.memoryLimit must be at least 384Mi (memory of a process with a full heap and large bodies), got 383Mi',
    { admin: { memoryLimit: '384Mi' } },
  ],
  [
    'VPA bounds in order',
    { autoscaling: { vpa: { minCpu: '400m', maxCpu: '300m' } }, workload: { cpuRequest: '350m' } },
    'prod.autoscaling.vpa.minCpu must be at most maxCpu (300m), got 400m',
    { autoscaling: { vpa: { minCpu: '300m' } } },
  ],
  [
    'replicas in order',
    { autoscaling: { hpa: { minReplicas: 51 } } },
    'prod.autoscaling.hpa.minReplicas must be at most maxReplicas (50), got 51',
    { autoscaling: { hpa: { minReplicas: 50 } } },
  ],
  [
    'a metric to scale on',
    {
      autoscaling: {
        hpa: { cpuUtilizationPercent: null, memoryUtilizationPercent: null, requestsPerSecond: null },
      },
    },
    'prod.autoscaling.hpa must have at least one of cpuUtilizationPercent, memoryUtilizationPercent and requestsPerSecond, got none',
    { autoscaling: { hpa: { cpuUtilizationPercent: null, memoryUtilizationPercent: null } } },
  ],
  [
    'a provider of the custom metric',
    { metrics: { provider: 'none' } },
    "prod.autoscaling.hpa.requestsPerSecond must be null with metrics.provider 'none' (nothing would serve the metric), got 100",
    { metrics: { provider: 'none' }, autoscaling: { hpa: { requestsPerSecond: null } } },
  ],
  [
    'somebody who asks the provider',
    {
      metrics: { provider: 'existing', scraperNamespace: 'monitoring' },
      autoscaling: { hpa: { requestsPerSecond: null } },
    },
    "prod.metrics.provider must be 'none' where autoscaling.hpa.requestsPerSecond is null (the HPA would not use it), got 'existing'",
    { metrics: { provider: 'existing', scraperNamespace: 'monitoring' } },
  ],
  [
    'somebody who may scrape for the provider',
    { metrics: { provider: 'existing' } },
    "prod.metrics.scraperNamespace must name the namespace of the Prometheus that scrapes the pods with metrics.provider 'existing' (the network policies block every other namespace), got null",
    { metrics: { provider: 'existing', scraperNamespace: 'monitoring' } },
  ],
  [
    'one Prometheus that scrapes',
    { metrics: { scraperNamespace: 'monitoring' } },
    "prod.metrics.scraperNamespace must be null where Prometheus is rendered here, got 'monitoring'",
    {
      metrics: { scraperNamespace: 'monitoring', prometheusUrl: 'http://prometheus.monitoring.svc:9090' },
    },
  ],
  [
    'KEDA as its own provider',
    { metrics: { provider: 'prometheus-adapter' }, autoscaling: { driver: 'keda' } },
    "prod.metrics.provider must be 'none' with autoscaling.driver 'keda' (KEDA queries Prometheus itself), got 'prometheus-adapter'",
    { autoscaling: { driver: 'keda' } },
  ],
  [
    'somebody who asks Prometheus',
    {
      metrics: {
        provider: 'existing',
        scraperNamespace: 'monitoring',
        prometheusUrl: 'http://prometheus.monitoring.svc:9090',
      },
    },
    'prod.metrics.prometheusUrl must be null where neither prometheus-adapter nor KEDA queries it, got "http://prometheus.monitoring.svc:9090"',
    {
      metrics: { prometheusUrl: 'http://prometheus.monitoring.svc:9090' },
      autoscaling: { driver: 'keda' },
    },
  ],
  [
    'a certificate for NGINX',
    { nginx: { enabled: true } },
    'prod.nginx.tlsSecretName must name a Secret of type kubernetes.io/tls with nginx.enabled (kubectl create secret tls <name> …), got null',
    { nginx: { enabled: true, tlsSecretName: 'api-tls' } },
  ],
  [
    'a server that is not a backup',
    { nginx: { servers: [{ address: '10.0.1.12:8080', weight: 1, backup: true }] } },
    'prod.nginx.servers must have at least one server that is not a backup, got backups only',
    { nginx: { servers: [{ address: '10.0.1.12:8080', weight: 1, backup: false }] } },
  ],
  [
    'NGINX closes before the API',
    { nginx: { keepaliveTimeoutSeconds: 615 } },
    'prod.nginx.keepaliveTimeoutSeconds must be at most 614 (the API closes idle connections after loadBalancer.idleTimeoutSeconds + 5), got 615',
    { nginx: { keepaliveTimeoutSeconds: 614 } },
  ],
  [
    'each server once',
    {
      nginx: {
        servers: [
          { address: '10.0.1.10:8080', weight: 3, backup: false },
          { address: '10.0.1.10:8080', weight: 2, backup: false },
        ],
      },
    },
    'prod.nginx.servers.1.address must be listed once (use weight to send it more requests), got 10.0.1.10:8080 again',
    {
      nginx: {
        servers: [
          { address: '10.0.1.10:8080', weight: 3, backup: false },
          { address: '10.0.1.11:8080', weight: 2, backup: false },
        ],
      },
    },
  ],
  [
    "NGINX's reads above pings",
    { nginx: { readTimeoutSeconds: 15 } },
    'prod.workload.streamPingSeconds must be below nginx.readTimeoutSeconds (15), got 15',
    { nginx: { readTimeoutSeconds: 16 } },
  ],
  [
    "NGINX's reads within the ALB's patience",
    { nginx: { readTimeoutSeconds: 611 } },
    'prod.loadBalancer.idleTimeoutSeconds must be at least nginx.readTimeoutSeconds (611), got 610',
    { nginx: { readTimeoutSeconds: 610 } },
  ],
  [
    'connections for superusers beside PgBouncer',
    { database: { pooler: 'pgbouncer', pgbouncer: { maxConnectionsPercent: 100 } } },
    'prod.database.pgbouncer.maxConnectionsPercent must be at most 99, so that 5 of 800 connections stay reserved, got 100',
    { database: { pooler: 'pgbouncer', pgbouncer: { maxConnectionsPercent: 99 } } },
  ],
  [
    'a pool for each PgBouncer',
    { database: { pooler: 'pgbouncer', maxConnections: 120, pgbouncer: { replicas: 30 } } },
    'prod.database.pgbouncer.replicas must leave each PgBouncer at least 4 of the 120 connections of database.maxConnections, got 30 replicas with 3 each',
    { database: { pooler: 'pgbouncer', maxConnections: 120, pgbouncer: { replicas: 25 } } },
  ],
  [
    "Services beside the VPC's addresses",
    { cluster: { serviceCidr: '10.0.128.0/20' } },
    'prod.cluster.serviceCidr must not overlap network.cidr (10.0.0.0/16), got 10.0.128.0/20',
    { cluster: { serviceCidr: '10.100.0.0/16' } },
  ],
  [
    'admin requests below limits',
    { admin: { memoryRequest: '1Gi' } },
    'prod.admin.memoryRequest must be at most memoryLimit (512Mi), got 1Gi',
    { admin: { memoryRequest: '512Mi' } },
  ],
  ...(
    [
      ['admin.replicas', { admin: { replicas: 1 } }],
      ['nginx.replicas', { nginx: { replicas: 1 } }],
      ['database.pgbouncer.replicas', { database: { pgbouncer: { replicas: 1 } } }],
      ['metrics.replicas', { metrics: { replicas: 1 } }],
    ] as const
  ).map(
    ([knob, wrong]) =>
      [
        `a spare of ${knob} in production`,
        wrong,
        `prod.${knob} must be at least 2 in production, got 1`,
        { stage: 'staging', ...wrong },
      ] as [string, object, string, object],
  ),
  [
    'HPA and VPA on the same resources',
    { autoscaling: { vpa: { updateMode: 'Recreate' } } },
    "prod.autoscaling.vpa.updateMode must be 'Off' or 'Initial' while the HPA scales on cpu and memory too (or use preset 'vpa-acts'), got 'Recreate'",
    { autoscaling: { vpa: { updateMode: 'Initial' } } },
  ],
  [
    'no deprecated VPA mode',
    { autoscaling: { preset: 'vpa-acts', vpa: { updateMode: 'Auto' } } },
    "prod.autoscaling.vpa.updateMode must be 'Recreate' or 'InPlaceOrRecreate' ('Auto' is deprecated and means 'Recreate'), got 'Auto'",
    { autoscaling: { preset: 'vpa-acts', vpa: { updateMode: 'Recreate' } } },
  ],
  [
    'in-place resize on a cluster that can',
    { autoscaling: { preset: 'vpa-acts' }, cluster: { version: '1.32' } },
    "prod.autoscaling.vpa.updateMode must not be 'InPlaceOrRecreate' before Kubernetes 1.33, got cluster.version 1.32",
    { autoscaling: { preset: 'vpa-acts' }, cluster: { version: '1.33' } },
  ],
  [
    'a VPA to act',
    { autoscaling: { preset: 'vpa-acts' }, cluster: { verticalPodAutoscaler: false } },
    "prod.autoscaling.vpa.updateMode must be 'Off' where cluster.verticalPodAutoscaler is false (no VPA would be rendered), got 'InPlaceOrRecreate'",
    { cluster: { verticalPodAutoscaler: false } },
  ],
  [
    'a known word for who installs the VPA',
    { cluster: { verticalPodAutoscaler: 'self' } },
    'prod.cluster.verticalPodAutoscaler must be \'managed\', true or false, got "self"',
    { cluster: { verticalPodAutoscaler: 'managed' } },
  ],
  [
    'a Kubernetes version with the sleep hook',
    { cluster: { version: '1.29' } },
    "prod.cluster.version must be at least 1.30 (the pods' preStop hook is sleep), got 1.29",
    { cluster: { version: '1.30' } },
  ],
  [
    "a reason for the seed's conflict",
    { autoscaling: { preset: 'seed-verbatim' } },
    "prod.autoscaling.conflictReason must say why HPA and VPA may act on the same resources with preset 'seed-verbatim', got nothing",
    { autoscaling: { preset: 'seed-verbatim', conflictReason: 'kept for comparison' } },
  ],
  [
    'no reason without a conflict',
    { autoscaling: { conflictReason: 'kept for comparison' } },
    'prod.autoscaling.conflictReason must be null with preset \'hpa-acts\', got "kept for comparison"',
    { autoscaling: { conflictReason: null } },
  ],
  [
    'capacity for the throughput objective',
    { objectives: { requestsPerSecond: 5001 } },
    'prod.objectives.requestsPerSecond must be at most autoscaling.hpa.maxReplicas x requestsPerSecond (50 x 100 = 5000), got 5001',
    { objectives: { requestsPerSecond: 5000 } },
  ],
  [
    'percentiles in order',
    { objectives: { latencyP95Milliseconds: 1001 } },
    'prod.objectives.latencyP95Milliseconds must be at most latencyP99Milliseconds (1000), got 1001',
    { objectives: { latencyP95Milliseconds: 1000 } },
  ],
  [
    'data kept in production',
    { retainData: false },
    'prod.retainData must be true in production, got false',
    { stage: 'staging', retainData: false },
  ],
  [
    'protected stacks in production',
    { terminationProtection: false },
    'prod.terminationProtection must be true in production, got false',
    { stage: 'staging', terminationProtection: false },
  ],
  [
    'Multi-AZ in production',
    { database: { multiAz: false } },
    'prod.database.multiAz must be true in production, got false',
    { stage: 'staging', database: { multiAz: false } },
  ],
  [
    'deletion protection in production',
    { database: { deletionProtection: false } },
    'prod.database.deletionProtection must be true in production, got false',
    { stage: 'staging', database: { deletionProtection: false } },
  ],
  [
    'backups in production',
    { database: { backupRetentionDays: 6 } },
    'prod.database.backupRetentionDays must be at least 7 in production, got 6',
    { database: { backupRetentionDays: 7 } },
  ],
  [
    'a cache over zones in production',
    { cache: { multiAz: false } },
    'prod.cache.multiAz must be true in production, got false',
    { stage: 'staging', cache: { multiAz: false } },
  ],
  [
    'a spare replica in production',
    { autoscaling: { hpa: { minReplicas: 1 } } },
    'prod.autoscaling.hpa.minReplicas must be at least 2 in production, got 1',
    { autoscaling: { hpa: { minReplicas: 2 } } },
  ],
  [
    'a closed Kubernetes API in production',
    { cluster: { publicAccessCidrs: ['0.0.0.0/0'] } },
    'prod.cluster.publicAccessCidrs must be closed to 0.0.0.0/0 in production, got ["0.0.0.0/0"]',
    { cluster: { publicAccessCidrs: ['203.0.113.0/24'] } },
  ],
  [
    'an administrator',
    { cluster: { adminRoleArns: [] } },
    'prod.cluster.adminRoleArns must be at least one IAM role ARN (only these roles can apply a manifest), got []',
    { cluster: { adminRoleArns: ['arn:aws:iam::333333333333:role/admin'] } },
  ],
  [
    'an account in production',
    { account: '000000000000', domain: { certificateArn: null, cdnCertificateArn: null } },
    'prod.account must be given in production, got "000000000000"',
    { account: '444444444444', domain: { certificateArn: null, cdnCertificateArn: null } },
  ],
  [
    'a flag for the role to create',
    { cluster: { createAdminRole: 'yes' } },
    'prod.cluster.createAdminRole must be true or false, got "yes"',
    { cluster: { createAdminRole: true, adminRoleArns: [] } },
  ],
  [
    'no managed knob beside an existing cluster',
    {
      metrics: { scraperNamespace: 'monitoring' },
      cluster: {
        adminRoleArns: [],
        existing: {
          name: 'shared',
          version: '1.34',
          securityGroupId: 'sg-0123456789abcdef0',
          ...EXISTING_API,
          loadBalancerController: 'eks-auto-mode',
        },
      },
    },
    'prod.cluster.adminRoleArns is not a knob next to cluster.existing',
    {
      metrics: { scraperNamespace: 'monitoring' },
      cluster: {
        verticalPodAutoscaler: false,
        existing: {
          name: 'shared',
          version: '1.34',
          securityGroupId: 'sg-0123456789abcdef0',
          ...EXISTING_API,
          loadBalancerController: 'eks-auto-mode',
        },
      },
    },
  ],
];

describe('rules between knobs', () => {
  test.each(RULES)('fails without %s', (_name, bad, message, good) => {
    expect(problems(bad)).toEqual([message]);
    expect(problems(good)).toEqual([]);
  });
});

describe('single knobs', () => {
  test.each([
    [
      { network: { natGateways: 4 } },
      'prod.network.natGateways must be a whole number between 1 and 3, got 4',
    ],
    [
      { network: { natGateways: '2' } },
      'prod.network.natGateways must be a whole number between 1 and 3, got "2"',
    ],
    [
      { autoscaling: { hpa: { maxReplicas: 2.5 } } },
      'prod.autoscaling.hpa.maxReplicas must be a whole number between 1 and 1000, got 2.5',
    ],
    [{ database: { multiAz: 'yes' } }, 'prod.database.multiAz must be true or false, got "yes"'],
    [
      { database: { pooler: 'odyssey' } },
      'prod.database.pooler must be one of rds-proxy, pgbouncer, got "odyssey"',
    ],
    [{ database: 'big' }, 'prod.database must be an object, got "big"'],
    [{ account: '123456789' }, 'prod.account must be an AWS account id of 12 digits, got "123456789"'],
    [
      { workload: { image: { tag: `sha256:${'a'.repeat(64)}` } } },
      `prod.workload.image.tag must be an image tag other than latest; a digest goes into image.digest, got "sha256:${'a'.repeat(64)}"`,
    ],
    [
      { admin: { image: { digest: 'sha256:abc' } } },
      'prod.admin.image.digest must be a digest such as sha256:<64 hexadecimal digits>, got "sha256:abc"',
    ],
    [
      { webAcl: { inspectCloudFrontTraffic: 'none' } },
      'prod.webAcl.inspectCloudFrontTraffic must be one of edge, load-balancer, both, got "none"',
    ],
    [
      { workload: { image: { tag: 'latest' } } },
      'prod.workload.image.tag must be an image tag other than latest; a digest goes into image.digest, got "latest"',
    ],
    [
      { loadBalancer: { slowStartSeconds: 10 } },
      'prod.loadBalancer.slowStartSeconds must be 0 or a whole number between 30 and 900, got 10',
    ],
    [
      { cache: { nodeType: 'r7g.large' } },
      'prod.cache.nodeType must be a Graviton node type such as cache.t4g.micro or cache.r7g.large, got "r7g.large"',
    ],
    [{ databse: {} }, 'prod.databse is not a knob'],
    [{ autoscaling: { hpa: { targetRps: 5 } } }, 'prod.autoscaling.hpa.targetRps is not a knob'],
    [
      { cluster: { securityGroupId: 'sg-0123456789abcdef0' } },
      'prod.cluster.securityGroupId is a knob of cluster.existing only',
    ],
    [
      {
        metrics: { scraperNamespace: 'monitoring' },
        cluster: {
          existing: {
            name: 'x',
            version: '1.34',
            securityGroupId: 'sg-1',
            ...EXISTING_API,
            loadBalancerController: 'eks-auto-mode',
          },
        },
      },
      'prod.cluster.existing.securityGroupId must be a security group id such as sg-0123456789abcdef0, got "sg-1"',
    ],
  ])('fails on %j', (bad, message) => {
    expect(problems(bad)).toEqual([message]);
  });

  test('fails on a missing one, and not on what follows from it', () => {
    const { region: _, ...rest } = testInput();
    expect(() => resolveConfig('prod', rest as EnvironmentConfig)).toThrow(
      new ConfigError(['prod.region must be an AWS region such as us-east-1, got nothing']),
    );
  });

  test.each([null, undefined, 7, 'prod', []])('fails on %j in place of an environment', (input) => {
    expect(() => resolveConfig('prod', input as unknown as EnvironmentConfig)).toThrow(ConfigError);
  });
});

test('all problems come at once, those of rules whose knobs are sound too', () => {
  expect(
    problems({
      network: { natGateways: 9 },
      database: { multiAz: false },
      autoscaling: { hpa: { minReplicas: 60, maxReplicas: 'many' } },
      typo: true,
    }),
  ).toEqual([
    'prod.network.natGateways must be a whole number between 1 and 3, got 9',
    'prod.autoscaling.hpa.maxReplicas must be a whole number between 1 and 1000, got "many"',
    'prod.typo is not a knob',
    'prod.database.multiAz must be true in production, got false',
  ]);
});

test('any configuration either resolves or gives a list of problems, and never another error', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(testInput())), fc.anything({ maxDepth: 2 }), (knob, value) => {
      try {
        resolveConfig('prod', { ...testInput(), [knob]: value } as EnvironmentConfig);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
      }
    }),
    { numRuns: 300 },
  );
});
