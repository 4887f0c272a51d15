import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { KubernetesConnection, KubernetesLogIn } from './kubernetes-api';

/** A kubeconfig that cannot be used from here. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly Named<'context', { readonly cluster: string; readonly user: string }>[];
  readonly clusters?: readonly Named<'cluster', Settings>[];
  readonly users?: readonly Named<'user', Settings>[];
}

type Settings = Readonly<Record<string, unknown>>;
type Named<Key extends string, Value> = { readonly name: string } & { readonly [key in Key]: Value };

/** What would change whom we talk to or who we are, and is not done here. */
const REFUSED_CLUSTER_SETTINGS = ['insecure-skip-tls-verify', 'proxy-url', 'tls-server-name'];
const REFUSED_USER_SETTINGS = ['auth-provider', 'username', 'as', 'as-uid', 'as-groups'];

/**
 * Connection of a kubeconfig, for runs on a laptop.
 * @param contextName @default the file's current context
 * @throws {KubeconfigError} names the file, the entry and the remedy
 */
export function readKubeconfig(path: string, contextName?: string): KubernetesConnection {
  const refuse = (problem: string): never => {
    throw new KubeconfigError(`${path}: ${problem}`);
  };
  const config = parseFile(path, refuse);
  const wanted = contextName ?? config['current-context'];
  if (!wanted) return refuse('there is no current-context; name a context');
  const context = pick(config.contexts, wanted, 'context', refuse).context;
  const { cluster } = pick(config.clusters, context.cluster, 'cluster', refuse);
  const { user } = pick(config.users, context.user, 'user', refuse);
  for (const setting of REFUSED_CLUSTER_SETTINGS) {
    if (cluster[setting]) refuse(`cluster '${context.cluster}' sets ${setting}, which is not supported`);
  }
  const folder = dirname(resolve(path));
  return {
    endpoint: String(cluster['server']),
    certificateAuthority:
      content(cluster, 'certificate-authority', folder, refuse) ??
      refuse(`cluster '${context.cluster}' has no certificate-authority-data`),
    logIn: logInOf(user, context.user, folder, refuse),
  };
}

type Refuse = (problem: string) => never;

function parseFile(path: string, refuse: Refuse): Kubeconfig {
  try {
    const config: unknown = parse(readFileSync(path, 'utf8'));
    if (typeof config === 'object' && config !== null) return config;
  } catch (error) {
    return refuse(`cannot be read (${(error as Error).message})`);
  }
  return refuse('is no kubeconfig');
}

function pick<T extends { readonly name: string }>(
  entries: readonly T[] | undefined,
  name: string,
  kind: string,
  refuse: Refuse,
): T {
  const names = (entries ?? []).map((entry) => entry.name).join(', ') || 'none';
  return (
    entries?.find((entry) => entry.name === name) ??
    refuse(`there is no ${kind} '${name}' (there are: ${names})`)
  );
}

function logInOf(user: Settings, name: string, folder: string, refuse: Refuse): KubernetesLogIn {
  if (user['exec']) {
    const { command } = user['exec'] as { command?: string };
    refuse(
      `user '${name}' logs in by running '${command}', which is not supported; put a token there ` +
        '(for EKS: aws eks get-token, for others: kubectl create token), or leave the kubeconfig out and name the EKS cluster',
    );
  }
  for (const setting of REFUSED_USER_SETTINGS) {
    if (user[setting]) refuse(`user '${name}' sets ${setting}, which is not supported; use a token`);
  }
  const token = user['token'] ?? (user['tokenFile'] && readText(String(user['tokenFile']), folder, refuse));
  if (typeof token === 'string') return { token: async () => token.trim() };
  const certificate = content(user, 'client-certificate', folder, refuse);
  const key = content(user, 'client-key', folder, refuse);
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  return refuse(`user '${name}' has neither a token nor a client certificate with its key`);
}

/** What stands in the file itself, in base64, or in another one that it names. */
function content(settings: Settings, key: string, folder: string, refuse: Refuse): string | undefined {
  const inline = settings[`${key}-data`];
  if (typeof inline === 'string') return Buffer.from(inline, 'base64').toString('utf8');
  const path = settings[key];
  return typeof path === 'string' ? readText(path, folder, refuse) : undefined;
}

function readText(path: string, folder: string, refuse: Refuse): string {
  try {
    return readFileSync(resolve(folder, path), 'utf8');
  } catch (error) {
    return refuse(`names a file that cannot be read (${(error as Error).message})`);
  }
}
