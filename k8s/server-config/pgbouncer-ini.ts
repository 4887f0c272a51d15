import type { PgBouncerLimits } from '../../lib/config/connection-budget';
import { DATABASE_NAME, DATABASE_PORT, WRITER_DATABASE_USER } from '../../lib/config/names';
import { PGBOUNCER_PORT } from '../components';

/**
 * Database name of the readiness query: the same database on the server, with a separate connection. In the clients'
 * pool the query would wait behind them, and heavy load would remove every replica from the Service.
 */
export const READINESS_DATABASE = `${DATABASE_NAME}_readiness`;

/**
 * Share of the server connections that writes may take, percent. PgBouncer has a pool for each user, but one limit for
 * all of them: without a share of their own, a flood of writes would take every connection from reads.
 */
const WRITER_PERCENT = 50;

/** Server connections kept for the readiness query. */
const READINESS_CONNECTIONS = 1;

/**
 * Named prepared statements that each server connection keeps. PgBouncer prepares missing ones again, so that names
 * work on every server connection; a number above 0 enables this. An API of this size sends about 100, and the number
 * bounds the server's memory: a plan is some 20 KiB, 100 of them on each of 720 connections 1.4 GiB at worst.
 */
const MAX_PREPARED_STATEMENTS = 100;

/**
 * How long PgBouncer caches the server's address, seconds. A Multi-AZ failover points the name to the standby, and RDS
 * sets a TTL of 5 s; PgBouncer ignores the TTL and by default keeps the old address for 15 s.
 */
const DNS_MAX_TTL_SECONDS = 5;

/** Timeout for a new server connection, log-in included, seconds; the default, 15, would hang on a dead primary. */
const SERVER_CONNECT_TIMEOUT_SECONDS = 3;

/** Pause after a failed log-in to the server, seconds. The default, 15, would lengthen a failover by 15 s. */
const SERVER_LOGIN_RETRY_SECONDS = 1;

/** Idle time after which a server connection is closed, seconds (PgBouncer's default). */
const SERVER_IDLE_TIMEOUT_SECONDS = 600;

/** Age at which a free server connection is closed, seconds (PgBouncer's default); frees its backend's memory too. */
const SERVER_LIFETIME_SECONDS = 3600;

/** TCP keepalive: idle time before the first probe, interval of probes, and probes until the connection is dead. */
const KEEPALIVE = { idleSeconds: 30, intervalSeconds: 10, count: 3 };

/** How long sent data may stay unacknowledged, ms: a vanished primary costs 30 s, not the kernel's 15 minutes. */
const TCP_USER_TIMEOUT_MS = 30_000;

/** How often PgBouncer computes and logs averages, seconds. */
const STATS_PERIOD_SECONDS = 60;

/** Certificate for clients in the cluster. */
export interface ClientTls {
  /** Path of the PEM certificate. */
  readonly certificateFile: string;
  /** Path of the PEM private key. */
  readonly keyFile: string;
}

/** Values of pgbouncer.ini that differ between environments, or between a pod and a test. */
export interface PgBouncerSettings {
  /** Host of the database server; its certificate must be for this name. */
  readonly serverHost: string;
  /** TCP port of the database server. @default 5432 */
  readonly serverPort?: number;
  /** Connections that one PgBouncer may hold, to clients and to the server. */
  readonly limits: PgBouncerLimits;
  /**
   * How long a query may wait for a server connection, seconds. After that the client gets an error, because it no
   * longer waits for the answer; RDS Proxy calls this the connection borrow timeout.
   */
  readonly queryWaitSeconds: number;
  /** Path of the file with users and passwords, written at run time; see `pgbouncer-scripts.ts`. */
  readonly userlistFile: string;
  /** Path of the PEM file with the root CAs of the server's certificate. */
  readonly serverCaFile: string;
  /** Folder of the Unix socket; exporter and scripts reach the admin console through it. */
  readonly socketFolder: string;
  /**
   * Address of the network interface that accepts clients. @default '0.0.0.0', because a pod's address is not known in
   * advance
   */
  readonly listenAddress?: string;
  /** TCP port to listen on. @default 6432 */
  readonly listenPort?: number;
  /** Certificate with which clients' connections are encrypted. @default - none: unencrypted inside the cluster */
  readonly clientTls?: ClientTls;
}

/**
 * Text of `pgbouncer.ini`, without secrets; https://www.pgbouncer.org/config.html documents every setting. The admin
 * console is open to the user `pgbouncer` on the Unix socket, without a password, for processes with PgBouncer's own
 * uid. No `admin_users` are set, so the console is not reachable over TCP.
 */
export function pgBouncerIni(settings: PgBouncerSettings): string {
  return [
    section('databases', databases(settings)),
    section('users', users(settings)),
    section('pgbouncer', {
      ...listening(settings),
      ...authentication(settings),
      ...pooling(settings),
      ...serverConnections(settings),
      ...clientTls(settings.clientTls),
      ...logging(),
    }),
  ].join('\n');
}

type Section = Readonly<Record<string, string | number>>;

function section(name: string, values: Section): string {
  return [`[${name}]`, ...Object.entries(values).map(([key, value]) => `${key} = ${value}`), ''].join('\n');
}

function databases({ serverHost, serverPort = DATABASE_PORT }: PgBouncerSettings): Section {
  const server = `host=${serverHost} port=${serverPort} dbname=${DATABASE_NAME}`;
  return {
    [DATABASE_NAME]: server,
    [READINESS_DATABASE]: `${server} pool_size=${READINESS_CONNECTIONS} reserve_pool_size=0 max_db_connections=${READINESS_CONNECTIONS}`,
  };
}

/** Limits of single users. */
function users({ limits }: PgBouncerSettings): Section {
  const most = Math.max(1, Math.floor((limits.maxServerConnections * WRITER_PERCENT) / 100));
  return { [WRITER_DATABASE_USER]: `max_user_connections=${most}` };
}

function listening(settings: PgBouncerSettings): Section {
  return {
    listen_addr: settings.listenAddress ?? '0.0.0.0',
    listen_port: settings.listenPort ?? PGBOUNCER_PORT,
    unix_socket_dir: settings.socketFolder,
  };
}

/**
 * Users that may log in, and startup parameters that clients may send. Without `application_name_add_host`: with it
 * each client's name would differ, and PgBouncer would SET it, an extra round trip, whenever a server connection
 * changes its client.
 */
function authentication({ userlistFile }: PgBouncerSettings): Section {
  return {
    auth_type: 'scram-sha-256',
    auth_file: userlistFile,
    // PostgreSQL 12 and later print floats exactly in any case; JDBC and other drivers still send this parameter.
    // Others are not ignored: PgBouncer refuses a driver that sends statement_timeout, rather than serve it without
    // the timeout (docs/decisions/0006-pgbouncer.md).
    ignore_startup_parameters: 'extra_float_digits',
  };
}

function pooling({ limits, queryWaitSeconds }: PgBouncerSettings): Section {
  return {
    pool_mode: 'transaction',
    max_prepared_statements: MAX_PREPARED_STATEMENTS,
    max_client_conn: limits.maxClientConnections,
    default_pool_size: limits.defaultPoolSize - READINESS_CONNECTIONS,
    reserve_pool_size: limits.reservePoolSize,
    // Half of query_wait_timeout: at the default, 5 s, clients would time out before the reserve is used.
    reserve_pool_timeout: queryWaitSeconds / 2,
    max_db_connections: limits.maxServerConnections - READINESS_CONNECTIONS,
    query_wait_timeout: queryWaitSeconds,
  };
}

function serverConnections({ serverCaFile }: PgBouncerSettings): Section {
  return {
    server_tls_sslmode: 'verify-full',
    server_tls_ca_file: serverCaFile,
    server_tls_protocols: 'secure',
    server_connect_timeout: SERVER_CONNECT_TIMEOUT_SECONDS,
    server_login_retry: SERVER_LOGIN_RETRY_SECONDS,
    server_idle_timeout: SERVER_IDLE_TIMEOUT_SECONDS,
    server_lifetime: SERVER_LIFETIME_SECONDS,
    dns_max_ttl: DNS_MAX_TTL_SECONDS,
    tcp_keepalive: 1,
    tcp_keepidle: KEEPALIVE.idleSeconds,
    tcp_keepintvl: KEEPALIVE.intervalSeconds,
    tcp_keepcnt: KEEPALIVE.count,
    tcp_user_timeout: TCP_USER_TIMEOUT_MS,
  };
}

function clientTls(tls: ClientTls | undefined): Section {
  if (!tls) return {};
  return {
    client_tls_sslmode: 'require',
    client_tls_cert_file: tls.certificateFile,
    client_tls_key_file: tls.keyFile,
    client_tls_protocols: 'secure',
  };
}

/**
 * PgBouncer logs to stderr, which Kubernetes collects. A line for each connection of 1,600 clients would hide the rest.
 */
function logging(): Section {
  return { log_connections: 0, log_disconnections: 0, stats_period: STATS_PERIOD_SECONDS };
}
