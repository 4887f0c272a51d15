import type { ResolvedConfig } from './environment-config';

/**
 * How much longer a server keeps an idle connection open than the load balancer in front of it, seconds. The load
 * balancer must close first: otherwise it may send a request into a closed socket and answer 502.
 */
const MARGIN_SECONDS = 5;

/** How long the API, and NGINX if it is enabled, keep idle connections from the load balancer open, seconds. */
export function serverKeepAliveSeconds({ loadBalancer }: Pick<ResolvedConfig, 'loadBalancer'>): number {
  return loadBalancer.idleTimeoutSeconds + MARGIN_SECONDS;
}
