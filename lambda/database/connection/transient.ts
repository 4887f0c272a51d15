/** Errors that pass by themselves: the server is starting, restarting, full or briefly out of reach. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND', // the name of a new or replaced instance
  '57P03', // cannot_connect_now
  '53300', // too_many_connections
]);

/** Whether a failure to connect is worth another try. */
export function isTransient(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string };
  // `pg` has no code for its own connect time-out.
  return (code !== undefined && TRANSIENT_CODES.has(code)) || /timeout expired/.test(message);
}

/** SQLSTATE of an error of the server, undefined for any other. */
export function sqlState(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
