import { sqlState } from './transient';

/**
 * The database cannot be used now: no connection in time, a refused log-in, or a connection that broke. A retry may
 * succeed. A transaction that broke during its COMMIT may have been stored.
 */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
}

/**
 * SQLSTATEs after which a session is of no use: connection exceptions (08), the operator ends it or the server stops
 * (57P01 to 57P05), too many connections (53300), and a server that has become a read-only standby (25006).
 */
const UNAVAILABLE = /^(08...|57P0[1-5]|53300|25006)$/;

/** Codes of Node's network errors, e.g. ECONNRESET, and messages of `pg` itself, which has no codes. */
const NETWORK_CODE = /^E[A-Z_]+$/;
const NETWORK_MESSAGE =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout)/;

/**
 * Whether an error of `pg` leaves the connection unusable. Errors of a statement, such as a violated constraint, do
 * not.
 */
export function isConnectionLost(error: unknown): boolean {
  const { code, message = '' } = error as { code?: unknown; message?: string };
  if (typeof code === 'string' && NETWORK_CODE.test(code)) return true;
  const state = sqlState(error);
  return state === undefined ? NETWORK_MESSAGE.test(message) : UNAVAILABLE.test(state);
}

/** SQLSTATEs of a refused log-in: invalid_authorization_specification, invalid_password. */
const REFUSED: ReadonlySet<string | undefined> = new Set(['28000', '28P01']);

/** Whether the server refused the user or the password. */
export function isLoginRefused(error: unknown): boolean {
  return REFUSED.has(sqlState(error));
}
