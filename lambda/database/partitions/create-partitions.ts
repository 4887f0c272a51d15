import type { Client } from 'pg';
import { DATABASE_ROLES } from '../constants';
import { type Month, partitionName, startOf } from './month';
import { REQUESTS_TABLE, requestPartitions } from './request-partitions';

/**
 * Creates the missing partitions of the months `from` to `to`. Each is created as a separate table and then attached,
 * so that readers and writers of the other partitions are not blocked. A month before `current` that was detached stays
 * so: a longer retention does not bring it back by itself.
 * @param current first month that must have an attached partition, because requests of now need it
 * @returns names of the new partitions
 * @throws Error where a partition of `current` or a later month exists but is detached
 */
export async function createPartitions(
  client: Client,
  from: Month,
  to: Month,
  current: Month = from,
): Promise<string[]> {
  const existing = await requestPartitions(client);
  const created: string[] = [];
  for (let month = from; month <= to; month += 1) {
    const found = existing.find((partition) => partition.month === month);
    if (found === undefined) {
      await createPartition(client, month);
      created.push(partitionName(REQUESTS_TABLE, month));
    } else if (found.state !== 'attached' && month >= current) {
      throw new Error(
        `${found.name} is ${found.state}, but requests of its month need it: attach it (docs/database.md)`,
      );
    }
  }
  return created;
}

/** Number of months after `current`, without a gap, that have a partition. */
export async function monthsAhead(client: Client, current: Month): Promise<number> {
  const attached = new Set(
    (await requestPartitions(client)).flatMap(({ month, state }) => (state === 'attached' ? [month] : [])),
  );
  let ahead = 0;
  while (attached.has(current + ahead + 1)) ahead += 1;
  return ahead;
}

async function createPartition(client: Client, month: Month): Promise<void> {
  const name = partitionName(REQUESTS_TABLE, month);
  await client.query('BEGIN');
  try {
    await client.query(`
      SET LOCAL ROLE ${DATABASE_ROLES.owner};
      CREATE TABLE public.${name} (LIKE public.${REQUESTS_TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
      ALTER TABLE public.${REQUESTS_TABLE} ATTACH PARTITION public.${name}
        FOR VALUES FROM ('${startOf(month)}') TO ('${startOf(month + 1)}')`);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
