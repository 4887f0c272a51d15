import { type Rule, when } from './rule';

/**
 * Time-outs along a request's path: stream ping < NGINX read time-out <= ALB idle time-out, and CloudFront waits at
 * least one ping. Time-outs of a pod's shutdown: the preStop pause covers deregistration, and the grace period also
 * covers the requests that are still running.
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
    reads: [
      'workload.preStopSeconds',
      'workload.terminationGraceSeconds',
      'loadBalancer.deregistrationDelaySeconds',
    ],
    check: ({
      workload: { preStopSeconds, terminationGraceSeconds },
      loadBalancer: { deregistrationDelaySeconds: delay },
    }) => [
      ...when(
        preStopSeconds < delay,
        'workload.preStopSeconds',
        `must be at least loadBalancer.deregistrationDelaySeconds (${delay}), got ${preStopSeconds}`,
      ),
      ...when(
        terminationGraceSeconds < preStopSeconds + delay,
        'workload.terminationGraceSeconds',
        `must be at least preStopSeconds + loadBalancer.deregistrationDelaySeconds (${preStopSeconds} + ${delay} = ${preStopSeconds + delay}), got ${terminationGraceSeconds}`,
      ),
    ],
  },
];
