import type { ServiceConfig } from '../config';
import { REPORT_POOL_MAX } from '../contract';
import type { DatabaseLog } from '../database/connection-pool';
import { type DatabaseLogin, IamTokens, type PasswordSource, SecretPassword } from '../database/login';
import type { DatabaseProps } from '../database/open-database';
import { serviceTls } from '../database/rds-tls';
import { readUserSecret } from '../database/user-secret';
import { awsProps, podCredentials } from './outgoing';

export interface DatabaseSettingsProps {
  readonly config: ServiceConfig;
  /** Name in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly log: DatabaseLog;
  readonly now: () => Date;
}

/** The pools that the service's variables describe. */
export function databaseSettings(props: DatabaseSettingsProps): DatabaseProps {
  const { config, applicationName, log } = props;
  const { database } = config;
  const reader = { user: database.user, secretArn: database.secretArn };
  const writer =
    database.writerUser === null
      ? reader
      : { user: database.writerUser, secretArn: database.writerSecretArn ?? database.secretArn };
  const server = { hosts: [database.host], sslMode: database.sslMode };
  const replicas = { hosts: database.readerHosts, sslMode: database.readerSslMode };
  const { poolMax: max, poolMin: min } = database;
  return {
    reads: { login: login(props, server, reader), max, min },
    // Writers need no idle connections: a flood of records opens them within the first group.
    writes: { login: login(props, server, writer), max: database.writePoolMax, min: 0 },
    ...(replicas.hosts.length > 0 && {
      reports: { login: login(props, replicas, reader), max: REPORT_POOL_MAX, min: 0 },
    }),
    shared: {
      idleTimeoutMs: database.idleTimeoutMs,
      connectionTimeoutMs: database.connectionTimeoutMs,
      maxUses: database.maxUses,
      allowExitOnIdle: database.allowExitOnIdle,
    },
    applicationName,
    slowQueryMs: database.slowQueryMs,
    log,
  };
}

interface User {
  readonly user: string;
  readonly secretArn: string | null;
}

interface Servers {
  readonly hosts: readonly string[];
  readonly sslMode: 'disable' | 'verify-full';
}

function login(props: DatabaseSettingsProps, { hosts, sslMode }: Servers, user: User): DatabaseLogin {
  const { port, database } = props.config.database;
  const tls = sslMode === 'disable' ? false : serviceTls();
  return { hosts, port, database, user: user.user, password: passwordOf(props, user), tls };
}

function passwordOf({ config, now }: DatabaseSettingsProps, user: User): PasswordSource | undefined {
  if (config.database.authentication === 'iam') {
    const { port } = config.database;
    return new IamTokens({ port, user: user.user, region: config.region }, podCredentials(config), now);
  }
  const { secretArn } = user;
  // Without a secret the server trusts the user, as a local one does.
  return secretArn === null
    ? undefined
    : new SecretPassword(() => readUserSecret(secretArn, awsProps(config)), now);
}
