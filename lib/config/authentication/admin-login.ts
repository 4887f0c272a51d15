import type { ResolvedConfig } from '../environment-config';

/** Whether the load balancer asks for a log-in before the admin host, which only a public one serves. */
export function hasAdminLogin({
  authentication,
  loadBalancer,
}: Pick<ResolvedConfig, 'authentication' | 'loadBalancer'>): boolean {
  return authentication.oidc !== null && loadBalancer.exposure === 'public';
}
