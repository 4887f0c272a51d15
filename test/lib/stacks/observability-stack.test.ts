import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { objectivesOf } from '../../../lib/config/objectives';
import { CostBudget } from '../../../lib/constructs/observability/cost-budget';
import { testApp } from '../../helpers/app';
import {
  type AlarmState,
  alarmStates,
  type Minute,
  type NamedMetric,
} from '../../helpers/cloudwatch/alarm-states';
import { EXISTING_CLUSTER, testConfig } from '../../helpers/config';
import { platformTemplates } from '../../helpers/templates';

/** What a test reads of a template. */
// biome-ignore lint/suspicious/noExplicitAny: expectations are about fields of any kind
type Json = any;

/** A minute's values of a metric, by how many minutes ago, and by its dimensions. */
type Samples = Readonly<
  Record<string, (minutesAgo: number, dimensions: NamedMetric['dimensions']) => Minute>
>;

const GIB = 1024 ** 3;
const REQUESTS = 1000;
const always =
  (value: number, count = 1) =>
  (): Minute => [[value, count]];

/** Dimensions that each service publishes with; an alarm on any others would never see a value. */
const PUBLISHED_WITH: Readonly<Record<string, readonly string[]>> = {
  'AWS/ApplicationELB RequestCount': ['LoadBalancer', 'LoadBalancer, TargetGroup'],
  'AWS/ApplicationELB TargetResponseTime': ['LoadBalancer, TargetGroup'],
  'AWS/ApplicationELB HealthyHostCount': ['LoadBalancer, TargetGroup'],
  'AWS/ApplicationELB ActiveConnectionCount': ['LoadBalancer'],
  'AWS/ApplicationELB HTTPCode_ELB_503_Count': ['LoadBalancer'],
  'AWS/ApplicationELB HTTPCode_ELB_5XX_Count': ['LoadBalancer'],
  'AWS/ApplicationELB HTTPCode_Target_5XX_Count': ['LoadBalancer', 'LoadBalancer, TargetGroup'],
  'ContainerInsights pod_cpu_utilization_over_pod_limit': ['ClusterName, Namespace, PodName'],
  'ContainerInsights pod_memory_utilization_over_pod_limit': ['ClusterName, Namespace, PodName'],
  ...Object.fromEntries(
    [
      'CPUUtilization',
      'FreeableMemory',
      'ReadIOPS',
      'WriteIOPS',
      'ReadThroughput',
      'WriteThroughput',
      'FreeStorageSpace',
    ].map((name) => [`AWS/RDS ${name}`, ['DBInstanceIdentifier']]),
  ),
  'AWS/RDS DatabaseConnectionsCurrentlySessionPinned': ['ProxyName'],
  'LlmCostOps/Database/llm-cost-ops-prod SlowQueries': [''],
  ...Object.fromEntries(
    ['EngineCPUUtilization', 'DatabaseMemoryUsagePercentage', 'Evictions'].map((name) => [
      `AWS/ElastiCache ${name}`,
      ['CacheClusterId'],
    ]),
  ),
  ...Object.fromEntries(
    [
      'DatabasePoolWaiting',
      'LlmCacheHits',
      'LlmCacheMisses',
      'LlmResponseTime',
      'LlmCalls',
      'LlmTimeouts',
      'GatewayCalls',
      'GatewayErrors',
      'GatewayOverhead',
      'ProviderErrors',
      'BreakerOpen',
      'JournalUsed',
      'CallsAbandoned',
      'BudgetLimits',
    ].map((name) => [`LlmCostOps/Api ${name}`, ['Environment']]),
  ),
  'AWS/CloudFront 5xxErrorRate': ['DistributionId, Region'],
  'AWS/CloudFront Requests': ['DistributionId, Region'],
  'LlmCostOps/Database RollupRefreshed': ['Environment'],
  'LlmCostOps/Database PartitionMonthsAhead': ['Environment'],
  'LlmCostOps/Database RecordsRejected': ['Environment'],
  'LlmCostOps/Database RequestsUnpriced': ['Environment'],
  'LlmCostOps/Database RequestsLeftActive': ['Environment'],
  'LlmCostOps/PredictiveScaling Heartbeat': ['Shard'],
  'AWS/Lambda Errors': ['FunctionName'],
  'AWS/Lambda Throttles': ['FunctionName'],
  'AWS/Lambda Duration': ['FunctionName'],
  'AWS/SQS ApproximateNumberOfMessagesVisible': ['QueueName'],
};

/** A good day: a thousand requests a minute, all answered within 50 ms. */
const HEALTHY: Samples = {
  RequestCount: always(1, REQUESTS),
  TargetResponseTime: always(0.05, REQUESTS),
  HealthyHostCount: always(5),
  ActiveConnectionCount: always(500),
  pod_cpu_utilization_over_pod_limit: always(30),
  pod_memory_utilization_over_pod_limit: always(40),
  CPUUtilization: always(30),
  FreeableMemory: always(8 * GIB),
  ReadIOPS: always(100),
  WriteIOPS: always(100),
  ReadThroughput: always(1024 ** 2),
  WriteThroughput: always(1024 ** 2),
  FreeStorageSpace: always(60 * GIB),
  SlowQueries: always(0),
  DatabasePoolWaiting: always(0),
  DatabaseConnectionsCurrentlySessionPinned: always(0),
  EngineCPUUtilization: always(20),
  DatabaseMemoryUsagePercentage: always(95),
  Evictions: always(0),
  LlmCacheHits: always(1, 70),
  LlmCacheMisses: always(1, 30),
  LlmResponseTime: always(900, 30),
  LlmCalls: always(1, 30),
  GatewayCalls: always(1, REQUESTS),
  GatewayOverhead: always(3, REQUESTS),
  BreakerOpen: always(0),
  JournalUsed: always(1),
  Requests: always(1, REQUESTS),
  '5xxErrorRate': always(0),
  RollupRefreshed: always(1),
  PartitionMonthsAhead: always(3),
  RecordsRejected: always(0),
  RequestsUnpriced: always(0),
  RequestsLeftActive: always(0),
  Heartbeat: always(1),
  Duration: always(5_000),
};

/** Metrics whose absence is nothing happening. */
const SILENT = [
  'HTTPCode_ELB_503_Count',
  'HTTPCode_ELB_5XX_Count',
  'HTTPCode_Target_5XX_Count',
  'LlmTimeouts',
  'GatewayErrors',
  'ProviderErrors',
  'CallsAbandoned',
  'BudgetLimits',
  'Errors',
  'Throttles',
  'ApproximateNumberOfMessagesVisible',
];

/** One node of the cache. */
const NODE = 'llm-cost-ops-prod-0002-001';

const evictionsOf =
  (node: string): Samples[string] =>
  (_, { CacheClusterId }) => [[CacheClusterId === node ? 7 : 0, 1]];

const PREFIX = 'llm-cost-ops-prod-';

function statesOf(template: Template, changed: Samples): Record<string, AlarmState> {
  const samples = { ...HEALTHY, ...changed };
  return alarmStates(template.toJSON().Resources, PREFIX, ({ dimensions, name }) => {
    const [, metric = '', with_ = ''] = /^(.+) \{(.*)\}$/.exec(name) ?? [];
    if (!PUBLISHED_WITH[metric]?.includes(with_)) throw new Error(`nobody publishes ${name}`);
    if (dimensions.TargetGroup?.includes('AdminTargetGroup')) throw new Error(`${name} of the admin servers`);
    const short = String(metric.split(' ')[1]);
    // The requests of all target groups are the API's here: the gateway has none.
    if (dimensions.TargetGroup?.includes('GatewayTargetGroup')) return () => [];
    if (samples[short] === undefined && !SILENT.includes(short)) throw new Error(`no samples of ${name}`);
    return (minutesAgo) => samples[short]?.(minutesAgo, dimensions) ?? [];
  });
}

/** Alarms that tell somebody, and that go off, without those that are only part of others. */
function told(template: Template, changed: Samples): string[] {
  const telling = alarmsOf(template)
    .filter(({ AlarmActions }) => AlarmActions !== undefined)
    .map(({ AlarmName }) => AlarmName.slice(PREFIX.length));
  const states = statesOf(template, changed);
  return telling.filter((name) => states[name] === 'ALARM').sort();
}

function alarmsOf(template: Template): Json[] {
  return ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'].flatMap((type) =>
    Object.values(template.findResources(type)).map(({ Properties }) => Properties),
  );
}

const alarmOf = (template: Template, name: string): Json => {
  const found = alarmsOf(template).filter(({ AlarmName }) => AlarmName === `${PREFIX}${name}`);
  if (found.length !== 1) throw new Error(`${found.length} alarms named ${name}`);
  return found[0];
};

/** `percent` of the requests of the last `minutes`, the newest `spared` excepted, failed at a target. */
function failing(percent: number, minutes: number, spared = 0): Samples {
  return {
    HTTPCode_Target_5XX_Count: (ago) =>
      ago >= spared && ago < minutes ? [[1, (REQUESTS * percent) / 100]] : [],
  };
}

/** `percent` of the requests of the last `minutes` took `seconds`. */
function slow(percent: number, seconds: number, minutes: number): Samples {
  const late = (REQUESTS * percent) / 100;
  return {
    TargetResponseTime: (ago) =>
      ago < minutes
        ? [
            [0.05, REQUESTS - late],
            [seconds, late],
          ]
        : [[0.05, REQUESTS]],
  };
}

describe('ObservabilityStack', () => {
  let prod: Template;

  beforeAll(() => {
    prod = platformTemplates().Observability;
  });

  test('has an alarm for every objective of prod, with its number where it has one limit', () => {
    const names = alarmsOf(prod).map(({ AlarmName }) => AlarmName.slice(PREFIX.length));
    for (const objective of objectivesOf(testConfig())) {
      if (objective.kind === 'limit') {
        expect(alarmOf(prod, objective.id)).toMatchObject({ Threshold: objective.limit });
      } else {
        const burns = names.filter((name) => name.startsWith(`${objective.id}-burn-`));
        expect(burns).toHaveLength(8);
      }
    }
  });

  test('lets no alarm go off unheard: it tells a topic, or is part of one that does', () => {
    const rules = JSON.stringify(
      Object.values(prod.findResources('AWS::CloudWatch::CompositeAlarm')).map(
        ({ Properties }) => Properties.AlarmRule,
      ),
    );
    const silent = Object.entries(prod.findResources('AWS::CloudWatch::Alarm')).filter(
      ([, { Properties }]) => Properties.AlarmActions === undefined,
    );
    expect(silent).toHaveLength(6 * 8 + 1); // the windows of six budgets, and healthy-hosts
    for (const [id] of silent) expect(rules).toContain(`"${id}"`);
  });

  test('is quiet on a good day', () => {
    expect(Object.entries(statesOf(prod, {})).filter(([, state]) => state !== 'OK')).toEqual([]);
  });

  describe('burn rates', () => {
    /** Factor, long and short window in minutes, and who is told. */
    const RATES = [
      [14.4, 60, 5, 'api-unavailable'],
      [6, 6 * 60, 30, 'api-unavailable'],
      [3, 24 * 60, 2 * 60, 'errors-budget-burn'],
      [1, 3 * 24 * 60, 6 * 60, 'errors-budget-burn'],
    ] as const;

    test.each(RATES)(
      'of %d in the last %d minutes go off, and a little less does not',
      (factor, long, short, alarm) => {
        const budget = 0.1;
        expect(told(prod, failing(1.05 * factor * budget, long))).toContain(alarm);
        const less = statesOf(prod, failing(0.95 * factor * budget, long));
        expect(less[`errors-burn-${factor}x-${windowName(long)}`]).toBe('OK');
        expect(less[`errors-burn-${factor}x-${windowName(short)}`]).toBe('OK');
      },
    );

    test.each(RATES)(
      'of %d are over once the short window of them is, though the %d minutes are not',
      (factor, long, short) => {
        // Twice as many failures, and none in the last of them.
        const states = statesOf(prod, failing(2 * factor * 0.1, long, short));
        expect(states[`errors-burn-${factor}x-${windowName(long)}`]).toBe('ALARM');
        expect(states[`errors-burn-${factor}x-${windowName(short)}`]).toBe('OK');
      },
    );

    test('are told of one by one: one that burns for a week hides no other', () => {
      const burning = { ...failing(0.32, 24 * 60), ...slow(20, 0.6, 24 * 60) };
      expect(told(prod, burning)).toEqual(['errors-budget-burn', 'latency-p95-budget-burn']);
    });

    test('of a short peak page nobody: five minutes at 14.4 are not yet an hour', () => {
      const states = statesOf(prod, failing(1.05 * 14.4 * 0.1, 5));
      expect(states['errors-burn-14.4x-5m']).toBe('ALARM');
      expect(states['errors-burn-14.4x-1h']).toBe('OK');
      expect(states['api-unavailable']).toBe('OK');
    });

    test('of three days need each of them: a bad one and two good ones are a matter of the other windows', () => {
      const states = statesOf(prod, failing(0.2, 24 * 60));
      expect(states['errors-burn-1x-3d']).toBe('OK');
      expect(statesOf(prod, failing(0.2, 3 * 24 * 60))['errors-burn-1x-3d']).toBe('ALARM');
    });

    test.each([
      ['latency-p95', 500, 5],
      ['latency-p99', 1000, 1],
    ])('of %s count requests slower than %d ms against a budget of %d %%', (id, milliseconds, budget) => {
      const share = 14.4 * budget;
      const beyond = milliseconds / 1000 + 0.001;
      expect(statesOf(prod, slow(share + 1, beyond, 60))[`${id}-burn-14.4x-1h`]).toBe('ALARM');
      expect(statesOf(prod, slow(share - 1, beyond, 60))[`${id}-burn-14.4x-1h`]).toBe('OK');
      expect(statesOf(prod, slow(100, milliseconds / 1000, 60))[`${id}-burn-14.4x-1h`]).toBe('OK');
    });

    test('say nothing while there are hardly any requests', () => {
      const quiet = { RequestCount: always(1, 1), HTTPCode_Target_5XX_Count: always(1, 1) };
      const states = statesOf(prod, quiet);
      expect(states['errors-burn-14.4x-5m']).toBe('OK'); // 5 requests
      expect(states['errors-burn-6x-6h']).toBe('ALARM'); // 360 of them
      expect(told(prod, { RequestCount: () => [], TargetResponseTime: () => [] })).not.toContain(
        'api-unavailable',
      );
    });

    test('that a budget cannot reach have no alarm: half of it all is bad at most twice too fast', () => {
      const template = platformTemplates({ objectives: { uptimePercent: 70 } }).Observability;
      const names = alarmsOf(template).map(({ AlarmName }) => AlarmName as string);
      expect(names.filter((name) => name.includes('availability-burn-1'))).toHaveLength(2);
      expect(names.filter((name) => name.includes('availability-burn-'))).toHaveLength(4);
    });
  });

  describe('an outage', () => {
    test('without a healthy pod pages once, as the load balancer refuses all requests', () => {
      const outage: Samples = {
        // No target is chosen, so nothing is counted but what the load balancer answers itself.
        RequestCount: () => [],
        TargetResponseTime: () => [],
        HealthyHostCount: always(0),
        HTTPCode_ELB_5XX_Count: always(1, REQUESTS),
        HTTPCode_ELB_503_Count: always(1, REQUESTS),
      };
      const states = statesOf(prod, outage);
      expect(states['availability-burn-14.4x-5m']).toBe('ALARM');
      expect(states['errors-burn-14.4x-5m']).toBe('ALARM');
      expect(pagesOf(prod, states)).toEqual(['api-unavailable']);
    });

    test('in which targets fail, and slowly, pages for the failures alone', () => {
      const states = statesOf(prod, { ...failing(50, 600), ...slow(90, 30, 600) });
      expect(states['api-slow']).toBe('ALARM');
      expect(alarmOf(prod, 'api-slow').ActionsSuppressor).toEqual({
        'Fn::GetAtt': [expect.stringMatching(/apiunavailable/), 'Arn'],
      });
      expect(pagesOf(prod, states)).toEqual(['api-unavailable']);
    });

    test('that is only slow pages for that', () => {
      expect(pagesOf(prod, statesOf(prod, slow(90, 30, 600)))).toEqual(['api-slow']);
    });

    test("of the gateway's own is one, and providers that fail are none", () => {
      const failing = { GatewayErrors: always(1, REQUESTS / 2) };
      expect(pagesOf(prod, statesOf(prod, failing))).toEqual(['gateway-failing']);
      expect(pagesOf(prod, statesOf(prod, { GatewayOverhead: always(200, REQUESTS) }))).toEqual([
        'gateway-failing',
      ]);
      expect(pagesOf(prod, statesOf(prod, { ProviderErrors: always(1, 30) }))).toEqual([]);
    });

    test('of failing targets is one of errors, and not of availability', () => {
      const states = statesOf(prod, failing(50, 600));
      expect(states['errors-burn-14.4x-1h']).toBe('ALARM');
      expect(states['availability-burn-14.4x-1h']).toBe('OK');
    });
  });

  describe('limits', () => {
    test.each<[id: string, missed: Samples, kept: Samples]>([
      ['latency-p50', slow(60, 0.11, 15), slow(40, 9, 15)],
      ['throughput', { RequestCount: always(1, 60 * 801) }, { RequestCount: always(1, 60 * 800) }],
      ['concurrency', { ActiveConnectionCount: always(8001) }, { ActiveConnectionCount: always(8000) }],
      ['replicas-at-maximum', { HealthyHostCount: always(50) }, { HealthyHostCount: always(49) }],
      [
        'api-cpu',
        { pod_cpu_utilization_over_pod_limit: always(71) },
        { pod_cpu_utilization_over_pod_limit: always(70) },
      ],
      [
        'api-memory',
        { pod_memory_utilization_over_pod_limit: always(81) },
        { pod_memory_utilization_over_pod_limit: always(80) },
      ],
      ['database-cpu', { CPUUtilization: always(71) }, { CPUUtilization: always(70) }],
      // r8g.large has 16 GiB.
      ['database-memory', { FreeableMemory: always(3.1 * GIB) }, { FreeableMemory: always(3.3 * GIB) }],
      // 60 % of 3,000 operations, or of 125 MiB, a second.
      [
        'database-disk-io',
        { ReadIOPS: always(1000), WriteIOPS: always(801) },
        { ReadIOPS: always(1000), WriteIOPS: always(800) },
      ],
      [
        'database-disk-io',
        { ReadThroughput: always(75 * 1024 ** 2) },
        { ReadThroughput: always(73 * 1024 ** 2) },
      ],
      ['database-storage', { FreeStorageSpace: always(4.9 * GIB) }, { FreeStorageSpace: always(5 * GIB) }],
      ['slow-queries', { SlowQueries: always(1, 3) }, { SlowQueries: always(1, 2) }],
      ['pool-waiting', { DatabasePoolWaiting: always(6) }, { DatabasePoolWaiting: always(5) }],
      ['rejected-records', { RecordsRejected: always(101) }, { RecordsRejected: always(100) }],
      ['unpriced-requests', { RequestsUnpriced: always(1) }, { RequestsUnpriced: always(0) }],
      ['requests-left-active', { RequestsLeftActive: always(101) }, { RequestsLeftActive: always(100) }],
      [
        'pinned-connections',
        // Three machines of the proxy, each with its own.
        { DatabaseConnectionsCurrentlySessionPinned: always(25, 3) },
        { DatabaseConnectionsCurrentlySessionPinned: always(24, 3) },
      ],
      ['cache-cpu', { EngineCPUUtilization: always(71) }, { EngineCPUUtilization: always(70) }],
      [
        'cache-cpu',
        { EngineCPUUtilization: (_, { CacheClusterId }) => (CacheClusterId === NODE ? [] : [[20, 1]]) },
        { EngineCPUUtilization: (ago) => (ago < 10 ? [] : [[20, 1]]) }, // late by two samples
      ],
      [
        'cache-memory',
        { DatabaseMemoryUsagePercentage: always(81), Evictions: always(1) },
        { DatabaseMemoryUsagePercentage: always(80), Evictions: always(1) },
      ],
      [
        'cache-memory',
        // Keys go on the one full node; or on one that is not full, by their own end.
        { DatabaseMemoryUsagePercentage: always(95), Evictions: evictionsOf(NODE) },
        {
          DatabaseMemoryUsagePercentage: (_, { CacheClusterId }) => [[CacheClusterId === NODE ? 40 : 95, 1]],
          Evictions: evictionsOf(NODE),
        },
      ],
      ['llm-cache-hits', { LlmCacheHits: always(1, 44) }, { LlmCacheHits: always(1, 45) }],
      ['llm-response-time', { LlmResponseTime: always(2001, 30) }, { LlmResponseTime: always(2000, 30) }],
      ['llm-timeouts', { LlmTimeouts: always(1, 0.16) }, { LlmTimeouts: always(1, 0.15) }],
      ['provider-errors', { ProviderErrors: always(1, 1.6) }, { ProviderErrors: always(1, 1.5) }],
      ['breaker-open', { BreakerOpen: always(1) }, { BreakerOpen: always(0) }],
      ['journal-used', { JournalUsed: always(51) }, { JournalUsed: always(50) }],
      [
        'calls-abandoned',
        { CallsAbandoned: (ago) => (ago === 3 ? [[1, 11]] : []) },
        { CallsAbandoned: (ago) => (ago === 3 ? [[1, 10]] : []) },
      ],
      ['budget-limits', { BudgetLimits: (ago) => (ago === 3 ? [[1, 1]] : []) }, { BudgetLimits: () => [] }],
      [
        'llm-timeouts',
        { LlmCalls: always(1, 3), LlmTimeouts: always(1, 3) },
        { LlmCalls: always(1, 2), LlmTimeouts: always(1, 2) }, // 20 calls in ten minutes say nothing
      ],
      [
        'llm-cache-hits',
        { LlmCacheHits: () => [], LlmCacheMisses: always(1, 3) },
        { LlmCacheHits: () => [], LlmCacheMisses: always(1, 2) },
      ],
      ['cdn-errors', { '5xxErrorRate': always(1.1) }, { '5xxErrorRate': always(1) }],
      [
        'cdn-errors',
        { '5xxErrorRate': always(50), Requests: always(1, 20) },
        { '5xxErrorRate': always(50), Requests: always(1, 19) },
      ],
      ['rollup-late', { RollupRefreshed: () => [] }, {}],
      ['scaler-heartbeat', { Heartbeat: () => [] }, {}],
    ])('%s is missed, and only just kept', (id, missed, kept) => {
      expect(told(prod, missed)).toEqual([id]);
      expect(told(prod, kept)).toEqual([]);
    });

    test.each([
      ['bad where the resource always has it', 'database-cpu', { CPUUtilization: () => [] }, 'ALARM'],
      ['bad for pods that are gone', 'healthy-hosts', { HealthyHostCount: () => [] }, 'ALARM'],
      ['good where nothing happened', 'llm-response-time', { LlmResponseTime: () => [] }, 'OK'],
      [
        'unknown where the add-on or the API may not send',
        'pool-waiting',
        { DatabasePoolWaiting: () => [] },
        'INSUFFICIENT_DATA',
      ],
    ])('take missing samples for %s', (_, id, samples, state) => {
      expect(statesOf(prod, samples as Samples)[id]).toBe(state);
    });

    test('wait for their first data where none is bad, so that a new environment does not page', () => {
      for (const alarm of alarmsOf(prod)) {
        const waits = alarm.TreatMissingData === 'breaching';
        expect(alarm.WarmUpConfiguration).toEqual(waits ? { WarmUpPeriodDurationInMinutes: 240 } : undefined);
      }
    });

    test('count replicas only where the targets are the API, and not NGINX before it', () => {
      const nginx = platformTemplates({ nginx: { enabled: true, tlsSecretName: 'api-tls' } }).Observability;
      const names = alarmsOf(nginx).map(({ AlarmName }) => AlarmName as string);
      expect(names).not.toContain(`${PREFIX}replicas-at-maximum`);
      expect(alarmOf(nginx, 'healthy-hosts').AlarmDescription).toContain('NGINX');
    });

    test('let a single peak pass', () => {
      expect(told(prod, { CPUUtilization: (ago) => [[ago < 5 ? 99 : 30, 1]] })).toEqual([]);
    });

    test('of a cache with more nodes than an alarm takes are looked at in several', () => {
      const template = platformTemplates({ cache: { shards: 6, replicasPerShard: 1 } }).Observability;
      const parts = ['cache-cpu-1', 'cache-cpu-2'].map((name) => alarmOf(template, name).Metrics.length - 1);
      expect(parts).toEqual([10, 2]);
      for (const { AlarmDescription } of [alarmOf(template, 'cache-cpu-2')]) {
        expect(AlarmDescription).toMatch(/docs\/runbook\.md#cache-cpu$/);
      }
    });

    test('that nothing measures have no alarm', () => {
      const existing = platformTemplates({
        metrics: { scraperNamespace: 'monitoring' },
        cluster: {
          existing: EXISTING_CLUSTER,
        },
      }).Observability;
      expect(JSON.stringify(existing.toJSON())).not.toMatch(/ContainerInsights|LlmCostOps\/Api/);
    });
  });

  test('keeps within what CloudWatch takes of an alarm', () => {
    for (const { AlarmName, EvaluationPeriods, Metrics, Period } of alarmsOf(prod).filter(
      (alarm) => alarm.Threshold !== undefined,
    )) {
      const period =
        Period ?? Metrics.find((query: Json) => query.MetricStat)?.MetricStat.Period ?? Metrics[0].Period;
      expect({ AlarmName, period: period <= 86_400 }).toEqual({ AlarmName, period: true });
      // A day, or seven with periods of an hour and more.
      expect(period * EvaluationPeriods).toBeLessThanOrEqual(period < 3600 ? 86_400 : 604_800);
      expect(Metrics?.filter((query: Json) => query.MetricStat).length ?? 1).toBeLessThanOrEqual(10);
    }
  });

  describe('topics', () => {
    test('are two, encrypted, by TLS only, open to alarms and budgets of this account', () => {
      prod.resourceCountIs('AWS::SNS::Topic', 2);
      prod.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() });
      prod.allResourcesProperties('AWS::SNS::TopicPolicy', {
        PolicyDocument: {
          Statement: [
            Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
            ...['cloudwatch', 'budgets'].map((service) =>
              Match.objectLike({
                Effect: 'Allow',
                Action: 'sns:Publish',
                Principal: { Service: `${service}.amazonaws.com` },
                Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': '333333333333' } }),
              }),
            ),
          ],
        },
      });
      prod.hasResourceProperties('AWS::KMS::Key', {
        EnableKeyRotation: true,
        KeyPolicy: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Principal: { Service: 'cloudwatch.amazonaws.com' },
              Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
              Condition: {
                StringEquals: { 'aws:SourceAccount': '333333333333' },
                ArnLike: { 'aws:SourceArn': Match.anyValue() },
              },
            }),
          ]),
        },
      });
    });

    test('take what pages apart from the rest, and every alarm tells its end too', () => {
      const page = Object.keys(
        prod.findResources('AWS::SNS::Topic', { Properties: { TopicName: `${PREFIX}page` } }),
      );
      const paging = alarmsOf(prod).filter(({ AlarmActions }) => AlarmActions?.[0].Ref === page[0]);
      expect(paging.map(({ AlarmName }) => AlarmName)).toEqual([
        `${PREFIX}api-unavailable`,
        `${PREFIX}api-slow`,
        `${PREFIX}gateway-failing`,
      ]);
      for (const { AlarmActions, OKActions } of alarmsOf(prod)) expect(OKActions).toEqual(AlarmActions);
    });

    test('mail whom the configuration names, with a link to the runbook where it can be read', () => {
      const runbookUrl = 'https://git.example.com/platform/infra/blob/main/docs/runbook.md';
      const template = platformTemplates({
        alarms: { runbookUrl, pageEmails: ['oncall@example.com'], ticketEmails: ['team@example.com'] },
      }).Observability;
      for (const { AlarmDescription } of alarmsOf(template)) {
        expect(AlarmDescription).toMatch(
          / What to do: https:\/\/git\.example\.com\/[\w/]+\/runbook\.md#[\w-]+$/,
        );
      }
      for (const { Properties } of Object.values(template.findResources('AWS::CloudWatch::Dashboard'))) {
        expect(JSON.stringify(Properties.DashboardBody)).toContain(`[runbook](${runbookUrl})`);
      }
      for (const [topic, Endpoint] of [
        ['Page', 'oncall@example.com'],
        ['Ticket', 'team@example.com'],
      ]) {
        template.hasResourceProperties('AWS::SNS::Subscription', {
          Protocol: 'email',
          Endpoint,
          TopicArn: { Ref: Match.stringLikeRegexp(`^Topics${topic}`) },
        });
      }
      prod.resourceCountIs('AWS::SNS::Subscription', 0);
    });
  });

  describe('budget', () => {
    test('counts what carries the tags, and the nodes of the cluster, and tells of forecast and spending', () => {
      const tagged = (key: string, value: string) => ({
        Tags: { Key: key, Values: [value], MatchOptions: ['EQUALS'] },
      });
      const notification = (NotificationType: string, Threshold: number) =>
        Match.objectLike({
          Notification: {
            NotificationType,
            Threshold,
            ThresholdType: 'PERCENTAGE',
            ComparisonOperator: 'GREATER_THAN',
          },
          Subscribers: [
            { SubscriptionType: 'SNS', Address: { Ref: Match.stringLikeRegexp('^TopicsTicket') } },
          ],
        });
      const template = platformTemplates({ budget: { monthlyUsd: 1234 } }).Observability;
      template.hasResourceProperties('AWS::Budgets::Budget', {
        Budget: {
          BudgetLimit: { Amount: 1234, Unit: 'USD' },
          TimeUnit: 'MONTHLY',
          FilterExpression: {
            Or: [
              { And: [tagged('project', 'llm-cost-ops'), tagged('environment', 'prod')] },
              tagged('aws:eks:cluster-name', 'llm-cost-ops-prod'),
            ],
          },
        },
        NotificationsWithSubscribers: [
          notification('FORECASTED', 100),
          notification('ACTUAL', 80),
          notification('ACTUAL', 100),
        ],
      });
    });

    test('has another name with other notifications, for CloudFormation makes the new one first', () => {
      const nameOf = (spentPercents: number[], monthly = 1234) => {
        const stack = new Stack(testApp(), 'Test');
        const topic = new Topic(stack, 'Topic');
        const tags = { project: 'llm-cost-ops', environment: 'prod' };
        const name = 'llm-cost-ops-prod';
        const settings = {
          name,
          tags,
          topic,
          monthly,
          spentPercents,
          forecastPercents: [],
          clusterName: null,
        };
        new CostBudget(stack, 'Budget', settings);
        const [budget] = Object.values(Template.fromStack(stack).findResources('AWS::Budgets::Budget'));
        return budget?.Properties.Budget.BudgetName;
      };
      expect(nameOf([80])).toMatch(/^llm-cost-ops-prod-[0-9a-f]{8}$/);
      expect(nameOf([90])).not.toBe(nameOf([80]));
      expect(nameOf([80], 99)).toBe(nameOf([80]));
    });

    test('is left out where the configuration has none', () => {
      platformTemplates({ budget: null }).Observability.resourceCountIs('AWS::Budgets::Budget', 0);
    });
  });

  test('watches no scaler where predictive scaling is off', () => {
    const template = platformTemplates({ predictiveScaling: null }).Observability;
    const names = alarmsOf(template).map(({ AlarmName }) => AlarmName as string);
    expect(names.filter((name) => name.includes('scaler'))).toEqual([]);
    expect(names).toContain(`${PREFIX}database-cpu`);
  });

  test('tells of scaler and database by ticket', () => {
    for (const name of ['scaler-errors-1', 'workload-failed', 'rollup-late', 'partitions-short']) {
      expect(alarmOf(prod, name).AlarmActions).toEqual([{ Ref: expect.stringMatching(/^TopicsTicket/) }]);
    }
  });

  test('stays within the resources of a stack with 1000 workloads of the scaler', () => {
    const workloads = Array.from({ length: 1000 }, (_, index) => ({
      name: `worker-${index}`,
      namespace: 'jobs',
      hpaName: `worker-${index}`,
      baseMinReplicas: 2,
      loadPerReplica: 10,
      hpaTarget: 0.7,
      load: {
        namespace: 'Jobs',
        name: 'Sent',
        dimensions: { Queue: `${index}` },
        statistic: 'Sum' as const,
        scale: 1,
      },
      alwaysOn: null,
    }));
    const template = platformTemplates({ predictiveScaling: { workloads } }).Observability;
    expect(Object.keys(template.toJSON().Resources).length).toBeLessThan(500);
    expect(JSON.stringify(template.toJSON()).length).toBeLessThan(1_000_000);
  });
});

/** Those that page, less those that another one keeps silent. */
function pagesOf(template: Template, states: Record<string, AlarmState>): string[] {
  return ['api-unavailable', 'api-slow', 'gateway-failing'].filter((name) => {
    const suppressor = alarmOf(template, name).ActionsSuppressor;
    const silenced = suppressor !== undefined && states['api-unavailable'] === 'ALARM';
    return states[name] === 'ALARM' && !silenced;
  });
}

function windowName(minutes: number): string {
  if (minutes === 3 * 24 * 60) return '3d';
  return minutes < 60 ? `${minutes}m` : `${minutes / 60}h`;
}
