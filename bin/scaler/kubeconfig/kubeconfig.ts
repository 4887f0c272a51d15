import { z } from 'zod';
import type { KubernetesConnection } from '../../../lambda/predictive-scaler/hpa/kubernetes-api';
import { checkSettings, contentOf } from './entry-settings';
import { KubeconfigError, type Place, refuse } from './kubeconfig-error';
import { type Entry, type KubeconfigFiles, type MergedKubeconfig, readKubeconfigs } from './kubeconfig-files';
import { userLogIn } from './user-log-in';

export interface KubeconfigOptions {
  /** @default the current context */
  readonly context?: string;
  /** Environment of programs that log in. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The time, ms since 1970. */
  readonly now: () => number;
  /** Longest run of a program that logs in, ms. @default 60 s */
  readonly timeoutMs?: number;
}

const Context = z.object({
  cluster: z.string().min(1, 'must name a cluster'),
  user: z.string().min(1, 'must name a user'),
});

const Cluster = z.object({
  server: z.string().regex(/^https:\/\//, 'must be an https:// address'),
  'certificate-authority-data': z.base64('must be base64').nullish(),
  'certificate-authority': z.string().nullish(),
  'tls-server-name': z.string().nullish(),
  'insecure-skip-tls-verify': z.boolean().nullish(),
  'proxy-url': z.string().nullish(),
  extensions: z.array(z.object({ name: z.string(), extension: z.unknown() })).nullish(),
});

export type ClusterSettings = z.output<typeof Cluster>;

/**
 * Connection of a context of kubeconfig files. No program runs before the connection is asked for its credential.
 * @throws {KubeconfigError} names the file, the context, the entry, the field and the remedy
 */
export function readKubeconfig(files: KubeconfigFiles, options: KubeconfigOptions): KubernetesConnection {
  const config = readKubeconfigs(files);
  const name = options.context ?? config.currentContext;
  if (!name)
    throw new KubeconfigError(`${config.files}: there is no current-context; name one with --context`);
  const context = pick(config, 'context', config.contexts, name);
  const names = checkSettings(Context, context.settings, { file: context.file, entry: `context '${name}'` });
  const clusterEntry = pick(config, 'cluster', config.clusters, names.cluster);
  const user = pick(config, 'user', config.users, names.user);
  const place = (kind: string, called: string, { file }: Entry): Place => ({
    file,
    entry: `${kind} '${called}' of context '${name}'`,
  });
  const clusterPlace = place('cluster', names.cluster, clusterEntry);
  const cluster = checkSettings(Cluster, clusterEntry.settings, clusterPlace);
  refuseUnsafe(cluster, clusterPlace);
  const certificateAuthority =
    contentOf(cluster, 'certificate-authority', clusterPlace) ??
    refuse(clusterPlace, 'has no certificate-authority-data; put the authority of the Kubernetes API there');
  return {
    endpoint: cluster.server,
    certificateAuthority,
    serverName: cluster['tls-server-name'] || undefined,
    logIn: userLogIn(user.settings, {
      ...options,
      place: place('user', names.user, user),
      cluster: { settings: cluster, certificateAuthority },
    }),
  };
}

function pick(
  { files }: MergedKubeconfig,
  kind: string,
  entries: ReadonlyMap<string, Entry>,
  name: string,
): Entry {
  const entry = entries.get(name);
  if (entry) return entry;
  const names = [...entries.keys()].sort().join(', ') || 'none';
  throw new KubeconfigError(`${files}: there is no ${kind} '${name}' (there are: ${names})`);
}

function refuseUnsafe(cluster: ClusterSettings, place: Place): void {
  if (cluster['insecure-skip-tls-verify']) {
    refuse(
      place,
      'sets insecure-skip-tls-verify, which is not supported: the log-in would go to anybody; ' +
        'remove it and set certificate-authority-data',
    );
  }
  if (cluster['proxy-url']) {
    refuse(
      place,
      'sets proxy-url, which is not supported; run the command where the Kubernetes API is reached directly',
    );
  }
}
