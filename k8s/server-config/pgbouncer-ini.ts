import type { PgBouncerLimits } from '../../lib/config/connection-budget';
import { DATABASE_NAME, DATABASE_PORT } from '../../lib/config/names';
import { PGBOUNCER_PORT } from '../components';

/**
 * Database that the readiness query asks for: the same one on the server, with a connection of its own. In the
 * clients' pool the query would wait behind them, and a busy hour would take every replica out of the Service.
 */
export const READINESS_DATABASE = `${DATABASE_NAME}_readiness`;

/** Server connections kept for the readiness query. */
const READINESS_CONNECTIONS = 1;

/**
 * Statements by name that each server connection keeps. PgBouncer prepares them again where they are missing, so
 * that names work whatever server a transaction lands on; a number above 0 switches this on. 100 is what an API of
 * this size sends, and bounds the server's memory: a plan is some 20 KiB, 100 of them on each of 720 connections
 * 1.4 GiB at worst.
 */
const MAX_PREPARED_STATEMENTS = 100;

/**
 * How long a lookup of the server's name counts, seconds. A Multi-AZ failover moves the name to the standby, and
 * RDS gives it 5 s to live; PgBouncer ignores that and would keep the old address for 15 s.
 */
const DNS_MAX_TTL_SECONDS = 5;

/** How long making a server connection may take, log-in included, seconds; 15 s would hang on a dead primary. */
const SERVER_CONNECT_TIMEOUT_SECONDS = 3;

/** Pause after a failed log-in to the server, seconds. The default, 15, would lengthen a failover by as much. */
const SERVER_LOGIN_RETRY_SECONDS = 1;

/** Server connections idle for so long are closed, seconds (PgBouncer's default). */
const SERVER_IDLE_TIMEOUT_SECONDS = 600;

/** Age at which a server connection is closed once it is free, seconds (PgBouncer's default); memory of its backend goes with it. */
const SERVER_LIFETIME_SECONDS = 3600;

/** Silence after which TCP asks whether the other side is there, seconds, how often, and how many times. */
const KEEPALIVE = { idleSeconds: 30, intervalSeconds: 10, count: 3 };

/** How long sent data may stay unacknowledged, ms: a primary that vanished costs 30 s, not the kernel's 15 minutes. */
const TCP_USER_TIMEOUT_MS = 30_000;

/** How often averages are logged and renewed, seconds. */
const STATS_PERIOD_SECONDS = 60;

/** Certificate for clients in the cluster. */
export interface ClientTls {
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface PgBouncerSettings {
  /** Host of the database server; its certificate must be for this name. */
  readonly serverHost: string;
  /** @default 5432 */
  readonly serverPort?: number;
  readonly limits: PgBouncerLimits;
  /**
   * How long a query may wait for a server connection, seconds. Then the client gets an error rather than an answer
   * that nobody waits for: RDS Proxy's borrow timeout under another name.
   */
  readonly queryWaitSeconds: number;
  /** Users and passwords, written at run time; see `pgbouncer-scripts.ts`. */
  readonly userlistFile: string;
  /** CAs of the server's certificate. */
  readonly serverCaFile: string;
  /** Folder of the Unix socket, by which exporter and scripts reach the admin console. */
  readonly socketFolder: string;
  /** Address to listen on. @default '0.0.0.0', for a pod's address is not known before */
  readonly listenAddress?: string;
  /** @default 6432 */
  readonly listenPort?: number;
  /** Encrypts clients' connections too. @default - plain inside the cluster */
  readonly clientTls?: ClientTls;
}

/**
 * `pgbouncer.ini`; https://www.pgbouncer.org/config.html documents every setting. No secret is in it. The admin
 * console is open to the user `pgbouncer` on the Unix socket, without a password, for processes of PgBouncer's own
 * uid: there is no `admin_users`, so nobody reaches it by TCP.
 */
export function pgBouncerIni(settings: PgBouncerSettings): string {
  return [
    section('databases', databases(settings)),
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

function listening(settings: PgBouncerSettings): Section {
  return {
    listen_addr: settings.listenAddress ?? '0.0.0.0',
    listen_port: settings.listenPort ?? PGBOUNCER_PORT,
    unix_socket_dir: settings.socketFolder,
  };
}

/**
 * Who may log in, and what clients may bring. Without `application_name_add_host`: each client's name would differ,
 * and PgBouncer would SET it, a round trip of its own, whenever a server goes from one client to another.
 */
function authentication({ userlistFile }: PgBouncerSettings): Section {
  return {
    auth_type: 'scram-sha-256',
    auth_file: userlistFile,
    // Servers of PostgreSQL 12 and later print floats exactly whatever this says; JDBC and others send it still.
    // Nothing else is ignored: a driver that sends statement_timeout, by itself or in options, is refused rather
    // than served without it (docs/decisions/0006-pgbouncer.md).
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
    // Half the wait: at the default, 5 s, the reserve would never be reached.
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

/** To stderr, where Kubernetes looks. A line for each connection of 1,300 clients would drown the rest. */
function logging(): Section {
  return { log_connections: 0, log_disconnections: 0, stats_period: STATS_PERIOD_SECONDS };
}
