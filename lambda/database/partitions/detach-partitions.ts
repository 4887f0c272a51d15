import type { Client } from 'pg';
import { withoutLockTimeout } from '../connection/without-lock-timeout';
import { DATABASE_ROLES } from '../constants';
import type { Month } from './month';
import { REQUESTS_TABLE, requestPartitions } from './request-partitions';

/**
 * Detaches the partitions of months before `oldest`. They stay as separate tables; nothing is dropped. DETACH
 * CONCURRENTLY waits for transactions that use the table, but blocks no others. An interrupted detachment is finalized.
 * @returns names of the detached partitions
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
