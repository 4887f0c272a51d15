import type { Template } from 'aws-cdk-lib/assertions';
import { ValkeyCache } from '../../../lib/constructs/cache/valkey-cache';
import { createPlatform } from '../../../lib/platform';
import { CacheStack } from '../../../lib/stacks/cache-stack';
import { testApp } from '../../helpers/app';
import { evaluate } from '../../helpers/cloudwatch/metric-math';
import { testConfig } from '../../helpers/config';
import { onlyResource, platformTemplates } from '../../helpers/templates';

describe('CacheStack', () => {
  let prod: Template;
  let dev: Template;

  beforeAll(() => {
    prod = platformTemplates().Cache;
    dev = platformTemplates({}, 'dev').Cache;
  });

  test('runs Valkey in cluster mode with failover over zones', () => {
    expect(onlyResource(prod, 'AWS::ElastiCache::ReplicationGroup')).toMatchObject({
      Engine: 'valkey',
      EngineVersion: '8.2',
      CacheNodeType: 'cache.r7g.large',
      ClusterMode: 'enabled',
      NumNodeGroups: 2,
      ReplicasPerNodeGroup: 1,
      AutomaticFailoverEnabled: true,
      MultiAZEnabled: true,
      Port: 6379,
    });
    expect(onlyResource(dev, 'AWS::ElastiCache::ReplicationGroup')).toMatchObject({
      CacheNodeType: 'cache.t4g.micro',
      NumNodeGroups: 1,
      ReplicasPerNodeGroup: 0,
      MultiAZEnabled: false,
    });
  });

  test('encrypts on the way and at rest', () => {
    expect(onlyResource(prod, 'AWS::ElastiCache::ReplicationGroup')).toMatchObject({
      TransitEncryptionEnabled: true,
      TransitEncryptionMode: 'required',
      AtRestEncryptionEnabled: true,
      KmsKeyId: expect.anything(),
    });
  });

  test('lets the API in by IAM token and keeps the default user off', () => {
    const users = Object.values(prod.findResources('AWS::ElastiCache::User')).map(
      ({ Properties }) => Properties,
    );
    expect(users).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          UserId: 'llm-cost-ops-prod-api',
          UserName: 'llm-cost-ops-prod-api',
          AuthenticationMode: { Type: 'iam' },
          AccessString: 'on ~* &* +@all -@admin -@dangerous +info',
        }),
        expect.objectContaining({ UserName: 'default', AccessString: 'off ~* -@all' }),
      ]),
    );
    expect(onlyResource(prod, 'AWS::ElastiCache::UserGroup')).toMatchObject({
      UserIds: [expect.anything(), expect.anything()],
    });
  });

  test('evicts any key when full, and is a cluster by its parameters too', () => {
    expect(onlyResource(prod, 'AWS::ElastiCache::ParameterGroup')).toMatchObject({
      CacheParameterGroupFamily: 'valkey8',
      Properties: { 'cluster-enabled': 'yes', 'maxmemory-policy': 'allkeys-lru' },
    });
  });

  test('takes snapshots where asked, a last one too', () => {
    expect(onlyResource(prod, 'AWS::ElastiCache::ReplicationGroup')).toMatchObject({
      SnapshotRetentionLimit: 7,
    });
    prod.hasResource('AWS::ElastiCache::ReplicationGroup', {
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
    });
    expect(onlyResource(dev, 'AWS::ElastiCache::ReplicationGroup')).toMatchObject({
      SnapshotRetentionLimit: 0,
    });
    dev.hasResource('AWS::ElastiCache::ReplicationGroup', { DeletionPolicy: 'Delete' });
  });

  test('delivers slow and engine logs', () => {
    const { LogDeliveryConfigurations } = onlyResource(prod, 'AWS::ElastiCache::ReplicationGroup');
    expect(LogDeliveryConfigurations).toEqual([
      expect.objectContaining({ LogType: 'slow-log', DestinationType: 'cloudwatch-logs', LogFormat: 'json' }),
      expect.objectContaining({
        LogType: 'engine-log',
        DestinationType: 'cloudwatch-logs',
        LogFormat: 'json',
      }),
    ]);
    prod.resourceCountIs('AWS::Logs::LogGroup', 2);
  });

  test('is closed until somebody is let in', () => {
    prod.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
    expect(JSON.stringify(prod.toJSON())).not.toContain('0.0.0.0/0');
  });

  test('measures over every node of every shard', () => {
    const { Cache } = createPlatform(testApp(), testConfig());
    if (!(Cache instanceof CacheStack)) throw new Error('Cache is no CacheStack');
    expect(Cache.cache).toBeInstanceOf(ValkeyCache);
    const nodes = [
      'llm-cost-ops-prod-0001-001',
      'llm-cost-ops-prod-0001-002',
      'llm-cost-ops-prod-0002-001',
      'llm-cost-ops-prod-0002-002',
    ];
    const { expression, usingMetrics } = Cache.cache.metricCacheHitRate();
    const measured = Object.values(usingMetrics).map((metric) => {
      const { metricName, dimensions } = metric.toMetricConfig().metricStat ?? {};
      return [metricName, dimensions?.[0]?.value];
    });
    expect(measured).toEqual(
      ['CacheHits', 'CacheMisses'].flatMap((name) => nodes.map((node) => [name, node])),
    );
    // Nodes that are asked more count for more: 90 of 100 look-ups and none of 10 are 82 % and not 45.
    const counts = [90, 0, 0, 0, 10, 10, 0, 0];
    const series = Object.keys(usingMetrics).map((id, index) => [id, [counts[index]]]);
    const [percent] = evaluate(expression, Object.fromEntries(series), 300);
    expect(percent).toBeCloseTo((100 * 90) / 110, 9);
  });
});
