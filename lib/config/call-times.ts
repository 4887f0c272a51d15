import { type ConfigInput, isRecord } from './input';

/** How much longer each hop waits than the next one towards the provider, seconds: the inner one gives the answer. */
const HOP_SECONDS = 5;

/** Time after the drain in which a pod writes what waits and ends its connections, seconds. */
const FLUSH_SECONDS = 30;

/** Longest silence of the API on the gateway's routes that NGINX waits for, seconds: a whole answer comes at the end. */
export function gatewayReadSeconds(longestCallSeconds: number): number {
  return longestCallSeconds + HOP_SECONDS;
}

/** Least idle time-out of the load balancer, seconds: it waits longer than NGINX. */
export function leastIdleSeconds(longestCallSeconds: number): number {
  return gatewayReadSeconds(longestCallSeconds) + HOP_SECONDS;
}

/** Least time from the preStop pause to SIGKILL, seconds: the pause, the drain, and the flush after it. */
export function leastGraceSeconds(preStopSeconds: number, drainSeconds: number): number {
  return preStopSeconds + drainSeconds + FLUSH_SECONDS;
}

/** The number at a knob of the input, or its default where it is absent or wrong; the schema reports a wrong one. */
export function numberAt(section: unknown, knob: string, absent: number): number {
  const value = isRecord(section) ? (section as ConfigInput)[knob] : undefined;
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : absent;
}
