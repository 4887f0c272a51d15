import type { Client } from 'pg';
import { DATABASE_ROLES } from '../constants';

/** Rows of one statement: some 40 MB of prompts at most on average, and locks of well under a second. */
const SLICE_ROWS = 5000;

/** Result of a run. */
export interface ExpiredPrompts {
  /** Number of prompts that were deleted. */
  readonly expired: number;
  /** Whether the time was over before all were deleted; the next run goes on. */
  readonly left: boolean;
}

/** Inputs of `expirePrompts`. */
export interface ExpirePromptsProps {
  /** Names of the attached partitions of requests, oldest first. */
  readonly partitions: readonly string[];
  /** Retention of projects without one of their own, whole days. */
  readonly defaultDays: number;
  /** Whether there is time for another slice. */
  readonly hasTime: () => boolean;
}

/** Projects with the same retention. */
interface RetentionGroup {
  /** Whole days that their prompts are kept. */
  readonly days: number;
  readonly projectIds: readonly string[];
}

/**
 * Deletes the text of prompts that are older than their project's retention. The rows stay with their tokens and costs.
 * An index holds the rows that have a prompt, so rows that came late are found as well.
 */
export async function expirePrompts(
  client: Client,
  { partitions, defaultDays, hasTime }: ExpirePromptsProps,
): Promise<ExpiredPrompts> {
  const groups = await retentionGroups(client, defaultDays);
  let expired = 0;
  await client.query(`SET ROLE ${DATABASE_ROLES.owner}`);
  try {
    for (const partition of partitions) {
      for (const group of groups) {
        for (let rows = SLICE_ROWS; rows === SLICE_ROWS; expired += rows) {
          if (!hasTime()) return { expired, left: true };
          rows = await expireSlice(client, partition, group);
        }
      }
    }
    return { expired, left: false };
  } finally {
    await client.query('RESET ROLE').catch(() => undefined);
  }
}

async function retentionGroups(client: Client, defaultDays: number): Promise<RetentionGroup[]> {
  const { rows } = await client.query(
    `SELECT coalesce(prompt_retention_days, $1)::int AS days, array_agg(id::text) AS "projectIds"
     FROM public.projects GROUP BY 1 ORDER BY 1`,
    [defaultDays],
  );
  return rows;
}

async function expireSlice(
  client: Client,
  partition: string,
  { days, projectIds }: RetentionGroup,
): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE public.${partition} SET prompt = '' WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM public.${partition}
       WHERE prompt <> '' AND "timestamp" < now() - $1 * interval '1 day' AND project_id = ANY ($2::uuid[])
       ORDER BY "timestamp" LIMIT ${SLICE_ROWS}))`,
    [days, projectIds],
  );
  return rowCount ?? 0;
}
