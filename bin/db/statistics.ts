import type { Client } from 'pg';
import { textTable } from '../cli/text-table';

/** A table of the report. */
export interface Statistics {
  /** Heading of the table. */
  readonly title: string;
  /** Names of the columns, in their order. */
  readonly columns: readonly string[];
  /** Cells of each row, in the order of the columns. */
  readonly rows: readonly (readonly (string | number)[])[];
}

/** Most rows of a table of the report. */
const MOST_ROWS = 20;

/**
 * Uses of indexes; those of a partitioned table's indexes are summed over its partitions. The seed's columns
 * `tablename` and `indexname` do not exist in the view.
 */
const INDEX_USE = `
  SELECT
    coalesce(whole_table.relname, s.relname) AS table,
    coalesce(whole.relname, s.indexrelname) AS index,
    sum(s.idx_scan)::bigint AS scans,
    sum(s.idx_tup_read)::bigint AS entries_read,
    sum(s.idx_tup_fetch)::bigint AS rows_fetched,
    sum(pg_relation_size(s.indexrelid))::bigint AS bytes,
    bool_or(i.indisunique) AS is_unique
  FROM pg_stat_user_indexes s
  JOIN pg_index i ON i.indexrelid = s.indexrelid
  LEFT JOIN pg_inherits part ON part.inhrelid = s.indexrelid
  LEFT JOIN pg_class whole ON whole.oid = part.inhparent
  LEFT JOIN pg_index whole_index ON whole_index.indexrelid = whole.oid
  LEFT JOIN pg_class whole_table ON whole_table.oid = whole_index.indrelid
  WHERE s.schemaname = 'public'
  GROUP BY 1, 2`;

/**
 * The tables of the report, in their order. The session becomes read-only.
 * @param slowMilliseconds least mean time of a statement that counts as slow
 */
export async function readStatistics(client: Client, slowMilliseconds: number): Promise<Statistics[]> {
  await client.query('SET default_transaction_read_only = on');
  return [
    await indexUse(client),
    await unusedIndexes(client),
    await slowStatements(client, slowMilliseconds),
    await partitions(client),
  ];
}

async function indexUse(client: Client): Promise<Statistics> {
  return table(
    client,
    'Use of indexes',
    ['table', 'index', 'scans', 'entries_read', 'rows_fetched', 'size'],
    {
      text: `SELECT "table", index, scans, entries_read, rows_fetched, pg_size_pretty(bytes) AS size
      FROM (${INDEX_USE}) use ORDER BY scans DESC, index LIMIT ${MOST_ROWS}`,
    },
  );
}

/** Without unique indexes: they keep rows unique even if no query reads them. */
async function unusedIndexes(client: Client): Promise<Statistics> {
  return table(client, 'Indexes that no query has used', ['table', 'index', 'size'], {
    text: `SELECT "table", index, pg_size_pretty(bytes) AS size
      FROM (${INDEX_USE}) use WHERE scans = 0 AND NOT is_unique ORDER BY bytes DESC, index LIMIT ${MOST_ROWS}`,
  });
}

async function slowStatements(client: Client, milliseconds: number): Promise<Statistics> {
  return table(
    client,
    `Statements of ${milliseconds} ms and more, in the mean`,
    ['calls', 'mean_ms', 'max_ms', 'rows', 'statement'],
    {
      text: `SELECT calls, round(mean_exec_time::numeric, 1) AS mean_ms, round(max_exec_time::numeric, 1) AS max_ms, rows,
          left(regexp_replace(query, '\\s+', ' ', 'g'), 100) AS statement
        FROM pg_stat_statements
        WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND mean_exec_time >= $1
        ORDER BY total_exec_time DESC LIMIT ${MOST_ROWS}`,
      values: [milliseconds],
    },
  );
}

/** Partitions by month, with detached ones, which an operator archives and drops by hand. */
async function partitions(client: Client): Promise<Statistics> {
  return table(client, 'Months of requests', ['partition', 'state', 'rows_about', 'size'], {
    text: `SELECT c.relname AS partition,
        CASE WHEN i.inhrelid IS NULL THEN 'detached' WHEN i.inhdetachpending THEN 'pending' ELSE 'attached' END AS state,
        greatest(c.reltuples, 0)::bigint AS rows_about, pg_size_pretty(pg_total_relation_size(c.oid)) AS size
      FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname ~ '^llm_requests_\\d{4}_\\d{2}$'
      ORDER BY 1`,
  });
}

async function table(
  client: Client,
  title: string,
  columns: readonly string[],
  query: { text: string; values?: unknown[] },
): Promise<Statistics> {
  const { rows } = await client.query(query);
  return { title, columns, rows: rows.map((row) => columns.map((column) => row[column])) };
}

/** A table of the report as text. */
export function formatStatistics({ title, columns, rows }: Statistics): string {
  if (rows.length === 0) return `${title}\n  none`;
  const head = columns.map((column) => column.replaceAll('_', ' '));
  const lines = textTable([head, ...rows.map((row) => row.map(String))], () => false);
  return [title, ...lines.map((line) => `  ${line}`)].join('\n');
}
