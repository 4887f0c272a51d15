import { type Rule, when } from './rule';

/** `proxy_read_timeout` of the seed's NGINX balancer, seconds. */
const NGINX_READ_TIMEOUT_SECONDS = 60;

/**
 * The time-outs of a request's way: stream ping < NGINX read timeout <= ALB idle timeout, CloudFront waits at least
 * a ping; and of a pod's leave: the pause covers deregistration, the grace what comes after.
 */
export const timeoutRules: readonly Rule[] = [
  {
    reads: ['workload.streamPingSeconds', 'loadBalancer.idleTimeoutSeconds', 'cdn.readTimeoutSeconds'],
    check: ({ workload: { streamPingSeconds: ping }, loadBalancer, cdn }) => [
      ...when(
        loadBalancer.idleTimeoutSeconds < NGINX_READ_TIMEOUT_SECONDS,
        'loadBalancer.idleTimeoutSeconds',
        `must be at least NGINX's read timeout (${NGINX_READ_TIMEOUT_SECONDS}), got ${loadBalancer.idleTimeoutSeconds}`,
      ),
      ...when(
        ping >= NGINX_READ_TIMEOUT_SECONDS,
        'workload.streamPingSeconds',
        `must be below NGINX's read timeout (${NGINX_READ_TIMEOUT_SECONDS}), got ${ping}`,
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
