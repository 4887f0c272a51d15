import type { ResolvedConfig } from '../environment-config';
import type { ConfigProblem } from '../problem';
import { type Rule, when } from './rule';

/** What a log-in at an identity provider needs of the hosts and the load balancer. */
export const authenticationRules: readonly Rule[] = [
  {
    reads: ['authentication', 'domain'],
    check: ({ authentication: { oidc }, domain }) =>
      when(
        oidc !== null && domain === null,
        'authentication.oidc',
        'must be null where domain is null: a provider sends browsers back to a host that it knows, and the load balancer logs people in by HTTPS only. Give domain',
      ),
  },
  {
    reads: ['authentication', 'region'],
    check: ({ authentication: { oidc }, region }) => {
      const secretRegion = oidc?.clientSecretArn.split(':')[3] ?? region;
      return when(
        secretRegion !== region,
        'authentication.oidc.clientSecretArn',
        `must be a secret in ${region}, got ${oidc?.clientSecretArn}`,
      );
    },
  },
  {
    reads: ['authentication', 'domain', 'loadBalancer.exposure', 'loadBalancer.routingRules'],
    check: adminHostProblems,
  },
];

/** The load balancer asks for a log-in in the rules of the admin host, so no other rule may take its requests. */
function adminHostProblems({ authentication, domain, loadBalancer }: ResolvedConfig): ConfigProblem[] {
  const { exposure, routingRules } = loadBalancer;
  if (authentication.oidc === null || domain === null || exposure !== 'public') return [];
  return routingRules.flatMap(({ hosts, target }, index) => {
    const path = `loadBalancer.routingRules.${index}.hosts`;
    const takes = hosts.length === 0 || hosts.includes(domain.admin);
    const isOwn = target === 'admin' && hosts.length === 1;
    return when(
      takes && !isOwn,
      path,
      `must not take requests of ${domain.admin} with authentication.oidc, except for that host alone and the target 'admin' (others would pass without a log-in), got ${JSON.stringify(hosts)} and '${target}'`,
    );
  });
}
