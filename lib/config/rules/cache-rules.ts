import { type Rule, when } from './rule';

/** Replicas of the cache and the delays of its client. */
export const cacheRules: readonly Rule[] = [
  {
    reads: ['cache.multiAz', 'cache.replicasPerShard'],
    check: ({ cache: { multiAz, replicasPerShard } }) =>
      when(
        multiAz && replicasPerShard < 1,
        'cache.replicasPerShard',
        `must be at least 1 with cache.multiAz, got ${replicasPerShard}`,
      ),
  },
  {
    reads: ['cache.client'],
    check: ({ cache: { client } }) =>
      when(
        client.retryStepMilliseconds > client.retryMaxMilliseconds,
        'cache.client.retryStepMilliseconds',
        `must be at most retryMaxMilliseconds (${client.retryMaxMilliseconds}), got ${client.retryStepMilliseconds}`,
      ),
  },
];
