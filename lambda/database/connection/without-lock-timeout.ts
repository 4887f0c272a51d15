import type { Client } from 'pg';

/**
 * Runs statements with CONCURRENTLY without a lock timeout. They wait for all older transactions, but block no others,
 * so only the statement timeout limits them.
 */
export async function withoutLockTimeout<T>(client: Client, work: () => Promise<T>): Promise<T> {
  const { rows } = await client.query(`SELECT current_setting('lock_timeout') AS before`);
  await client.query('SET lock_timeout = 0');
  try {
    return await work();
  } finally {
    await client
      .query(`SELECT set_config('lock_timeout', $1, false)`, [rows[0].before])
      .catch(() => undefined);
  }
}
