import type { Client } from 'pg';

/** A row that a restore must not change. */
export interface DrillRow {
  readonly id: string;
  /** What a row from a report has, too. */
  readonly tokens: string;
  /** All else: owner, key, user, tags, status and cost. */
  readonly rest: string;
  /** Whether it was rebuilt from a provider's report. */
  readonly reported: boolean;
  readonly ended: boolean;
}

const ROWS = `SELECT id, concat_ws(' ', model, input_tokens, output_tokens) AS tokens,
    concat_ws(' ', project_id, key_id, user_id, tags, status, error_code, cost, latency_ms, usage_source) AS rest,
    tags ? 'recovered_from' AS reported, status <> 'active' AND error_code IS DISTINCT FROM 'abandoned' AS ended
  FROM llm_requests`;

/** How the rows after a restore compare with those before the disaster. */
export interface RowComparison {
  /** Ended rows from before. */
  readonly before: number;
  /** The same in all columns. */
  readonly exact: number;
  /** Model and tokens are the same; the rest is from a provider's report. */
  readonly fromReport: number;
  /** Ids of rows that are not there, or have not ended. */
  readonly missing: readonly string[];
  /** Ids of rows with other values. */
  readonly different: readonly string[];
}

/** All rows. */
export async function drillRows(client: Client): Promise<DrillRow[]> {
  const { rows } = await client.query<DrillRow>(ROWS);
  return rows;
}

/** All rows, which are deleted: somebody ran the wrong statement. */
export async function deleteRows(client: Client): Promise<DrillRow[]> {
  await client.query('BEGIN');
  await client.query('LOCK TABLE llm_requests IN ACCESS EXCLUSIVE MODE');
  const rows = await drillRows(client);
  await client.query('TRUNCATE llm_requests');
  await client.query('COMMIT');
  return rows;
}

/** Compares ended rows from before a disaster with those after the restore. */
export function compareRows(before: readonly DrillRow[], after: readonly DrillRow[]): RowComparison {
  const byId = new Map(after.map((row) => [row.id, row]));
  const ended = before.filter((row) => row.ended);
  const kinds = Map.groupBy(ended, (row) => kindOf(row, byId.get(row.id)));
  const ids = (kind: Kind) => (kinds.get(kind) ?? []).map(({ id }) => id);
  return {
    before: ended.length,
    exact: ids('exact').length,
    fromReport: ids('from report').length,
    missing: ids('missing'),
    different: ids('different'),
  };
}

type Kind = 'exact' | 'from report' | 'missing' | 'different';

function kindOf(row: DrillRow, found: DrillRow | undefined): Kind {
  if (found === undefined || !found.ended) return 'missing';
  if (found.tokens !== row.tokens) return 'different';
  if (found.rest === row.rest) return 'exact';
  return found.reported ? 'from report' : 'different';
}
