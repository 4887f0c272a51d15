import type { ResolvedConfig } from './environment-config';

/**
 * How much longer a server keeps an idle connection than the load balancer before it, seconds: the side that sends
 * requests must close first, or it writes one into a closed socket and answers 502.
 */
const MARGIN_SECONDS = 5;

/** How long the API, and NGINX where it is in the way, keep idle connections from the load balancer, seconds. */
export function serverKeepAliveSeconds({ loadBalancer }: Pick<ResolvedConfig, 'loadBalancer'>): number {
  return loadBalancer.idleTimeoutSeconds + MARGIN_SECONDS;
}
