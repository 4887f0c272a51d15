import { settingsOf } from '../../../k8s/charts/settings';
import type { ResolvedConfig } from '../../../lib/config/environment-config';
import { NODE_MEMORY } from '../../../service/contract';
import { DATABASE_NAME } from '../../db/local-database';

/** The heap that a pod has. */
const NODE_OPTIONS = `--max-old-space-size=${NODE_MEMORY.oldSpace} --max-semi-space-size=${NODE_MEMORY.semiSpace}`;

/** Longest drain of a server on a laptop, seconds: Ctrl-C is not to wait for long calls. */
const DRAIN_SECONDS = 1;

export interface LocalServers {
  /** Port of PostgreSQL. */
  readonly databasePort: number;
  /** Password of the service's users. */
  readonly databasePassword: string;
  /** Port of Valkey and whether it is a cluster; null: there is none. */
  readonly cache: { readonly port: number; readonly cluster: boolean } | null;
  /** File with the providers' keys. */
  readonly secretFile: string;
  /** The gateway's providers and models. */
  readonly gateway: Readonly<Record<string, string>>;
  /** Environment variables that win over all others. */
  readonly overrides: Readonly<Record<string, string>>;
  /** `PATH` of the caller's environment. */
  readonly searchPath: string | undefined;
}

/** A variable of the rendered ConfigMap that has another value here. */
export interface ReplacedSetting {
  readonly name: string;
  /** Value in the cluster; null: it is not set there. */
  readonly rendered: string | null;
  /** Value here; a password is not shown. */
  readonly local: string;
}

/** What the service runs with. */
export interface ServiceSettings {
  /** All environment variables of a server but those of its name and ports, and its journal's folder. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What differs from the rendered ConfigMap, by name. */
  readonly replaced: readonly ReplacedSetting[];
}

/** The settings that the charts render for an environment, with addresses, log-ins and TLS of this machine. */
export function serviceSettings(config: ResolvedConfig, servers: LocalServers): ServiceSettings {
  // Each process has a folder of its own.
  const { GATEWAY_JOURNAL_FOLDER: _, ...rendered } = settingsOf(config);
  const local: Record<string, string> = {
    DATABASE_HOST: '127.0.0.1',
    DATABASE_PORT: String(servers.databasePort),
    DATABASE_NAME,
    DATABASE_AUTHENTICATION: 'password',
    DATABASE_SSLMODE: 'disable',
    ...(rendered['DATABASE_READER_SSLMODE'] !== undefined && { DATABASE_READER_SSLMODE: 'disable' }),
    CACHE_HOST: servers.cache === null ? '' : '127.0.0.1',
    ...(servers.cache !== null && { CACHE_PORT: String(servers.cache.port) }),
    CACHE_AUTHENTICATION: 'none',
    CACHE_TLS: 'false',
    CACHE_CLUSTER_MODE: String(servers.cache?.cluster ?? false),
    GATEWAY_SECRET_FILE: servers.secretFile,
    GATEWAY_DRAIN_SECONDS: String(DRAIN_SECONDS),
    ...servers.gateway,
    // Nothing here collects embedded metrics.
    AWS_EMF_ENVIRONMENT: '',
    LOG_LEVEL: 'warn',
    ...servers.overrides,
  };
  const replaced = Object.entries(local).flatMap(([name, value]): ReplacedSetting[] => {
    const former = rendered[name] ?? null;
    return former === value || (former === null && value === '')
      ? []
      : [{ name, rendered: former, local: value }];
  });
  return {
    environment: {
      ...rendered,
      ...local,
      PATH: servers.searchPath,
      NODE_OPTIONS,
      PGPASSWORD: servers.databasePassword,
    },
    replaced,
  };
}
