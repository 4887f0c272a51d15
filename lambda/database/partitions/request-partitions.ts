import type { Client } from 'pg';
import { type Month, monthOfPartition } from './month';

/** Partitioned table of LLM requests. */
export const REQUESTS_TABLE = 'llm_requests';

/** A monthly table of requests. */
export interface RequestPartition {
  /** Name of the table. */
  readonly name: string;
  /** Month of its requests. */
  readonly month: Month;
  /** `pending`: a detachment was interrupted and must be finalized. */
  readonly state: 'attached' | 'pending' | 'detached';
}

/** All monthly tables of requests, oldest first. */
export async function requestPartitions(client: Client): Promise<RequestPartition[]> {
  const { rows } = await client.query(
    `SELECT c.relname AS name,
       CASE WHEN i.inhrelid IS NULL THEN 'detached' WHEN i.inhdetachpending THEN 'pending' ELSE 'attached' END AS state
     FROM pg_class c
     LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND i.inhparent = 'public.llm_requests'::regclass
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
     ORDER BY c.relname`,
  );
  return rows.flatMap(({ name, state }) => {
    const month = monthOfPartition(REQUESTS_TABLE, name);
    return month === undefined ? [] : [{ name, month, state }];
  });
}
