/** Codes of transient errors: the server is starting, restarting, out of connections or briefly unreachable. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND', // the name of a new or replaced instance
  '57P03', // cannot_connect_now
  '53300', // too_many_connections
]);

/** Whether an error of connecting is transient, so that a retry may succeed. */
export function isTransient(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string };
  // `pg` sets no code for its own connection timeout.
  return (code !== undefined && TRANSIENT_CODES.has(code)) || /timeout expired/.test(message);
}

/** SQLSTATE of an error of the server; undefined for other errors. */
export function sqlState(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
