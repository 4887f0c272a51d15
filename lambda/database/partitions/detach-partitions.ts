import type { Client } from 'pg';
import { withoutLockTimeout } from '../connection/without-lock-timeout';
import { DATABASE_ROLES } from '../constants';
import type { Month } from './month';
import { REQUESTS_TABLE, requestPartitions } from './request-partitions';

/**
 * Detaches the partitions of months before `oldest`, which stay as tables of their own: nothing is ever dropped here.
 * CONCURRENTLY: it waits for those who use the table, and nobody waits for it. One that was cut short is finished first.
 * @returns names of the partitions that were detached
 */
export async function detachPartitions(client: Client, oldest: Month): Promise<string[]> {
  const partitions = await requestPartitions(client);
  const detached: string[] = [];
  await client.query(`SET ROLE ${DATABASE_ROLES.owner}`);
  try {
    for (const { name, month, state } of partitions) {
      if (state === 'detached' || (state === 'attached' && month >= oldest)) continue;
      const how = state === 'pending' ? 'FINALIZE' : 'CONCURRENTLY';
      await withoutLockTimeout(client, () =>
        client.query(`ALTER TABLE public.${REQUESTS_TABLE} DETACH PARTITION public.${name} ${how}`),
      );
      detached.push(name);
    }
  } finally {
    await client.query('RESET ROLE').catch(() => undefined);
  }
  return detached;
}
