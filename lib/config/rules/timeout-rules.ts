import { leastGraceSeconds, leastIdleSeconds } from '../call-times';
import { type Rule, when } from './rule';

/**
 * Time-outs along a request's path: stream ping < NGINX read time-out <= ALB idle time-out, and CloudFront waits at
 * least one ping. On the gateway's routes each hop waits longer than the longest call. Time-outs of a pod's shutdown: the
 * preStop pause covers the deregistration from the seed's target groups, and the grace period also covers the drain of
 * the gateway's calls.
 */
export const timeoutRules: readonly Rule[] = [
  {
    reads: [
      'workload.streamPingSeconds',
      'nginx.readTimeoutSeconds',
      'loadBalancer.idleTimeoutSeconds',
      'cdn.readTimeoutSeconds',
    ],
    // Checked even if NGINX is off, so that switching it on never breaks streams.
    check: ({ workload: { streamPingSeconds: ping }, nginx, loadBalancer, cdn }) => [
      ...when(
        loadBalancer.idleTimeoutSeconds < nginx.readTimeoutSeconds,
        'loadBalancer.idleTimeoutSeconds',
        `must be at least nginx.readTimeoutSeconds (${nginx.readTimeoutSeconds}), got ${loadBalancer.idleTimeoutSeconds}`,
      ),
      ...when(
        ping >= nginx.readTimeoutSeconds,
        'workload.streamPingSeconds',
        `must be below nginx.readTimeoutSeconds (${nginx.readTimeoutSeconds}), got ${ping}`,
      ),
      ...when(
        cdn.readTimeoutSeconds < ping,
        'cdn.readTimeoutSeconds',
        `must be at least workload.streamPingSeconds (${ping}), got ${cdn.readTimeoutSeconds}`,
      ),
    ],
  },
  {
    reads: ['gateway.longestCallSeconds', 'loadBalancer.idleTimeoutSeconds'],
    check: ({ gateway: { longestCallSeconds }, loadBalancer: { idleTimeoutSeconds } }) => {
      const least = leastIdleSeconds(longestCallSeconds);
      return when(
        idleTimeoutSeconds < least,
        'loadBalancer.idleTimeoutSeconds',
        `must be at least ${least} (gateway.longestCallSeconds, ${longestCallSeconds}, and 5 s for each of NGINX and the load balancer: a whole answer is silent until its end), got ${idleTimeoutSeconds}`,
      );
    },
  },
  {
    reads: ['workload.preStopSeconds', 'loadBalancer.deregistrationDelaySeconds'],
    check: ({ workload: { preStopSeconds }, loadBalancer: { deregistrationDelaySeconds: delay } }) =>
      when(
        preStopSeconds < delay,
        'workload.preStopSeconds',
        `must be at least loadBalancer.deregistrationDelaySeconds (${delay}), got ${preStopSeconds}`,
      ),
  },
  {
    reads: ['workload.preStopSeconds', 'workload.terminationGraceSeconds', 'gateway.drainSeconds'],
    check: ({ workload: { preStopSeconds, terminationGraceSeconds }, gateway: { drainSeconds } }) => {
      const least = leastGraceSeconds(preStopSeconds, drainSeconds);
      return when(
        terminationGraceSeconds < least,
        'workload.terminationGraceSeconds',
        `must be at least ${least} (preStopSeconds, ${preStopSeconds}, gateway.drainSeconds, ${drainSeconds}, and 30 s to write what waits), got ${terminationGraceSeconds}`,
      );
    },
  },
  {
    reads: ['gateway.drainSeconds', 'loadBalancer.deregistrationDelaySeconds'],
    check: ({ gateway: { drainSeconds }, loadBalancer: { deregistrationDelaySeconds: delay } }) =>
      when(
        drainSeconds < delay,
        'gateway.drainSeconds',
        `must be at least loadBalancer.deregistrationDelaySeconds (${delay}: requests of all target groups end within it), got ${drainSeconds}`,
      ),
  },
];
