import type { ChecklistPhase } from '../item';
import {
  count,
  field,
  inFile,
  is,
  isSet,
  knob,
  measured,
  property,
  type ResourcePlace,
  within,
} from '../looks';
import { BATCHES, DISTRIBUTION, GATEWAY_RATE, SETTINGS } from './places';

const LOAD_BALANCER: ResourcePlace = {
  stack: 'Ingress',
  type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
};

const TARGET_GROUP: ResourcePlace = {
  stack: 'Ingress',
  type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
};

export const PHASE_2: ChecklistPhase = {
  title: 'Phase 2: intermediate optimizations',
  items: [
    {
      id: '2.1',
      title: 'Cache in several layers',
      stacks: ['Cache'],
      checks: [
        field(
          'ConfigMap',
          SETTINGS,
          'data.CACHE_L1_MAX_BYTES',
          'a layer in the memory of each pod',
          within(1),
        ),
        property(
          { stack: 'Cache', type: 'AWS::ElastiCache::ReplicationGroup' },
          'NumNodeGroups',
          'a layer that pods share',
          within(1),
        ),
        inFile('service/cache/layers/multi-layer-cache.ts', /export class MultiLayerCache/, 'both as one'),
        measured(GATEWAY_RATE, 'answers of the cache were measured'),
      ],
    },
    {
      id: '2.2',
      title: 'Serve static files through a CDN',
      stacks: ['Cdn', 'Edge'],
      checks: [
        property(DISTRIBUTION, 'DistributionConfig.Enabled', 'CloudFront serves', is(true)),
        property(
          DISTRIBUTION,
          'DistributionConfig.DefaultCacheBehavior.CachePolicyId',
          'it caches the files of the web application',
          isSet,
        ),
        property(
          DISTRIBUTION,
          'DistributionConfig.Origins',
          'the files are in a bucket',
          (origins) => Array.isArray(origins) && origins.some((origin) => 'S3OriginConfig' in origin),
        ),
      ],
    },
    {
      id: '2.3',
      title: 'Configure the load balancer',
      stacks: ['Ingress'],
      checks: [
        property(LOAD_BALANCER, 'Type', 'an Application Load Balancer', is('application')),
        property(TARGET_GROUP, 'HealthCheckPath', 'it checks the health of pods', is('/health')),
        property(
          TARGET_GROUP,
          'TargetGroupAttributes[load_balancing.algorithm.type]',
          'it knows which pod is busy',
          is('least_outstanding_requests'),
        ),
        count(
          'Ingress',
          'AWS::ElasticLoadBalancingV2::ListenerRule',
          2,
          'rules tell API and admin servers apart',
        ),
        property(
          TARGET_GROUP,
          'TargetGroupAttributes[deregistration_delay.timeout_seconds]',
          'requests of a pod that ends may finish',
          within(1),
        ),
      ],
    },
    {
      id: '2.4',
      title: 'Write in batches',
      stacks: ['Data'],
      checks: [
        inFile(
          'service/requests/write/group-commit.ts',
          /export class GroupCommit/,
          'writers share transactions',
        ),
        inFile('service/requests/write/upsert.ts', /unnest/i, 'a statement stores many rows'),
        measured(BATCHES, 'rows in batches were measured beside the bare statement'),
      ],
    },
    {
      id: '2.5',
      title: 'Join equal requests that are under way',
      stacks: ['Cache'],
      checks: [
        inFile(
          'service/cache/deduplication/request-deduplicator.ts',
          /export class RequestDeduplicator/,
          'in a pod',
        ),
        inFile(
          'service/cache/deduplication/shared-lease.ts',
          /export class SharedLease/,
          'across pods, by a lease',
        ),
        knob('cache.shards', 'the cache that holds the leases', within(1)),
      ],
    },
  ],
};
