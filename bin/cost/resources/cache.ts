import { always, HOURS_PER_MONTH } from '../item';
import { numberOf, type Pricing, type PricingByType, textOf } from './resource';

const replicationGroup: Pricing = (properties, { assumptions }) => {
  const shards = numberOf(properties['NumNodeGroups'], 1);
  const nodes = shards * (1 + numberOf(properties['ReplicasPerNodeGroup'], 0));
  // AWS gives storage for one snapshot of a cache.
  const snapshots = Math.max(0, numberOf(properties['SnapshotRetentionLimit'], 0) - 1);
  const engine = textOf(properties['Engine']);
  const type = textOf(properties['CacheNodeType']);
  return [
    {
      service: `ElastiCache ${type}`,
      priceKey: `elasticache.${engine}.${type}.hour`,
      quantity: always(nodes * HOURS_PER_MONTH),
      driver: 'fixed',
      note: `${nodes} ${nodes === 1 ? 'node' : 'nodes'} of ${engine}`,
    },
    {
      service: 'ElastiCache snapshots',
      priceKey: 'elasticache.snapshot.gb-month',
      quantity: always(shards * snapshots * assumptions['cache-snapshot-gigabytes']),
      driver: 'fixed',
      note: `${snapshots} beyond the free one of each of ${shards} ${shards === 1 ? 'shard' : 'shards'}`,
    },
  ];
};

export const CACHE: PricingByType = { 'AWS::ElastiCache::ReplicationGroup': replicationGroup };
