import { type Rule, when } from './rule';

/**
 * The time-outs of a request's way: stream ping < NGINX read timeout <= ALB idle timeout, CloudFront waits at least
 * a ping; and of a pod's leave: the pause covers deregistration, the grace what comes after.
 */
export const timeoutRules: readonly Rule[] = [
  {
    reads: [
      'workload.streamPingSeconds',
      'nginx.readTimeoutSeconds',
      'loadBalancer.idleTimeoutSeconds',
      'cdn.readTimeoutSeconds',
    ],
    // Also where NGINX is off: switching it on must not be what breaks streams.
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
