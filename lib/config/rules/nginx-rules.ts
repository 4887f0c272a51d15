import { serverKeepAliveSeconds } from '../keep-alive';
import { type Rule, when } from './rule';

/** Certificate, keep-alive and servers of the NGINX balancer. */
export const nginxRules: readonly Rule[] = [
  {
    reads: ['nginx.enabled', 'nginx.tlsSecretName'],
    check: ({ nginx: { enabled, tlsSecretName } }) =>
      when(
        enabled && tlsSecretName === null,
        'nginx.tlsSecretName',
        'must name a Secret of type kubernetes.io/tls with nginx.enabled (kubectl create secret tls <name> …), got null',
      ),
  },
  {
    reads: ['nginx.enabled', 'domain'],
    check: ({ domain, nginx: { enabled } }) =>
      when(
        enabled && domain === null,
        'nginx.enabled',
        'must be false where domain is null (NGINX serves the hosts of domain with their certificate), got true',
      ),
  },
  {
    reads: ['nginx.keepaliveTimeoutSeconds', 'loadBalancer.idleTimeoutSeconds'],
    check: (config) => {
      const { keepaliveTimeoutSeconds } = config.nginx;
      const most = serverKeepAliveSeconds(config) - 1;
      return when(
        keepaliveTimeoutSeconds > most,
        'nginx.keepaliveTimeoutSeconds',
        `must be at most ${most} (the API closes idle connections after loadBalancer.idleTimeoutSeconds + 5), got ${keepaliveTimeoutSeconds}`,
      );
    },
  },
  {
    reads: ['nginx.servers'],
    check: ({ nginx: { servers } }) => [
      ...when(
        servers.length > 0 && servers.every(({ backup }) => backup),
        'nginx.servers',
        `must have at least one server that is not a backup, got backups only`,
      ),
      ...servers.flatMap(({ address }, index) =>
        when(
          servers.findIndex((other) => other.address === address) < index,
          `nginx.servers.${index}.address`,
          `must be listed once (use weight to send it more requests), got ${address} again`,
        ),
      ),
    ],
  },
];
