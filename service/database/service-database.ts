import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { ServiceConfig } from '../config';
import { REPORT_POOL_MAX } from '../contract';
import type { DatabaseLog } from './connection-pool';
import { type DatabaseLogin, IamTokens, type PasswordSource, SecretPassword } from './login';
import { openDatabase } from './open-database';
import type { Database } from './pools';
import { serviceTls } from './rds-tls';
import { readUserSecret } from './user-secret';

export interface ServiceDatabaseProps {
  /** Settings of the pod. */
  readonly config: Pick<ServiceConfig, 'database' | 'region'>;
  /** Start of the connections' names in `pg_stat_activity`, e.g. `llm-cost-ops-api`. */
  readonly applicationName: string;
  readonly log: DatabaseLog;
  readonly now: () => Date;
}

/** Connections for writes that stay open while idle: the first write after a pause then needs no log-in. */
const WRITES_MIN = 1;

/** Opens the pools that the pod's settings describe. */
export function openServiceDatabase(props: ServiceDatabaseProps): Database & { warmUp(): Promise<void> } {
  const { database } = props.config;
  const passwords = passwordSources(props);
  const login = (user: string, secretArn: string | null): DatabaseLogin => ({
    hosts: [database.host],
    port: database.port,
    database: database.database,
    user,
    password: passwords(user, secretArn),
    tls: database.sslMode === 'disable' ? false : serviceTls(),
  });
  const reads = login(database.user, database.secretArn);
  const writes =
    database.writerUser === null
      ? reads
      : login(database.writerUser, database.writerSecretArn ?? database.secretArn);
  const reports: DatabaseLogin = {
    ...reads,
    hosts: database.readerHosts,
    tls: database.readerSslMode === 'disable' ? false : serviceTls(),
  };
  return openDatabase({
    reads: { login: reads, max: database.poolMax, min: database.poolMin },
    writes: { login: writes, max: database.writePoolMax, min: Math.min(WRITES_MIN, database.writePoolMax) },
    ...(database.readerHosts.length > 0 && { reports: { login: reports, max: REPORT_POOL_MAX, min: 0 } }),
    shared: {
      idleTimeoutMs: database.idleTimeoutMs,
      connectionTimeoutMs: database.connectionTimeoutMs,
      maxUses: database.maxUses,
      allowExitOnIdle: database.allowExitOnIdle,
    },
    applicationName: props.applicationName,
    slowQueryMs: database.slowQueryMs,
    log: props.log,
  });
}

/** Makes the source of a user's passwords; undefined where the server trusts the user. */
function passwordSources({ config: { database, region }, now }: ServiceDatabaseProps) {
  // The SDK looks the pod's credentials up, keeps them and renews them.
  const { credentials } = new SecretsManagerClient({ region }).config;
  return (user: string, secretArn: string | null): PasswordSource | undefined => {
    if (database.authentication === 'iam') {
      return new IamTokens({ port: database.port, user, region }, credentials, now);
    }
    if (secretArn === null) return undefined;
    return new SecretPassword(() => readUserSecret(secretArn, { region }), now);
  };
}
