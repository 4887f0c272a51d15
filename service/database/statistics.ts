import type { Queryable } from './pools';

/** A table of a report on the database. */
export interface StatisticsTable {
  /** Heading of the table. */
  readonly title: string;
  /** Names of the columns, in their order. */
  readonly columns: readonly string[];
  /** Cells of each row, in the order of the columns. */
  readonly rows: readonly (readonly (string | number)[])[];
}

/** Most rows of a table. */
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

/** Indexes by their use, the most used first. */
export function readIndexUse(database: Queryable): Promise<StatisticsTable> {
  return readTable(database, {
    title: 'Use of indexes',
    columns: ['table', 'index', 'scans', 'entries_read', 'rows_fetched', 'size'],
    text: `SELECT "table", index, scans, entries_read, rows_fetched, pg_size_pretty(bytes) AS size
      FROM (${INDEX_USE}) use ORDER BY scans DESC, index LIMIT ${MOST_ROWS}`,
  });
}

/** Indexes without a use, the largest first; without unique ones, which keep rows unique even if no query reads them. */
export function readUnusedIndexes(database: Queryable): Promise<StatisticsTable> {
  return readTable(database, {
    title: 'Indexes that no query has used',
    columns: ['table', 'index', 'size'],
    text: `SELECT "table", index, pg_size_pretty(bytes) AS size
      FROM (${INDEX_USE}) use WHERE scans = 0 AND NOT is_unique ORDER BY bytes DESC, index LIMIT ${MOST_ROWS}`,
  });
}

/**
 * Statements by their total time.
 * @param milliseconds least mean time of a statement that counts as slow
 */
export function readSlowStatements(database: Queryable, milliseconds: number): Promise<StatisticsTable> {
  return readTable(database, {
    title: `Statements of ${milliseconds} ms and more, in the mean`,
    columns: ['calls', 'mean_ms', 'max_ms', 'rows', 'statement'],
    text: `SELECT calls, round(mean_exec_time::numeric, 1) AS mean_ms, round(max_exec_time::numeric, 1) AS max_ms, rows,
          left(regexp_replace(query, '\\s+', ' ', 'g'), 100) AS statement
        FROM pg_stat_statements
        WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND mean_exec_time >= $1
        ORDER BY total_exec_time DESC LIMIT ${MOST_ROWS}`,
    values: [milliseconds],
  });
}

/** Partitions by month, with detached ones, which an operator archives and drops by hand. */
export function readPartitions(database: Queryable): Promise<StatisticsTable> {
  return readTable(database, {
    title: 'Months of requests',
    columns: ['partition', 'state', 'rows_about', 'size'],
    text: `SELECT c.relname AS partition,
        CASE WHEN i.inhrelid IS NULL THEN 'detached' WHEN i.inhdetachpending THEN 'pending' ELSE 'attached' END AS state,
        greatest(c.reltuples, 0)::bigint AS rows_about, pg_size_pretty(pg_total_relation_size(c.oid)) AS size
      FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname ~ '^llm_requests_\\d{4}_\\d{2}$'
      ORDER BY 1`,
  });
}

interface TableQuery extends Omit<StatisticsTable, 'rows'> {
  readonly text: string;
  readonly values?: readonly unknown[];
}

async function readTable(
  database: Queryable,
  { title, columns, text, values }: TableQuery,
): Promise<StatisticsTable> {
  const { rows } = await database.query('database-report', text, values);
  return { title, columns, rows: rows.map((row) => columns.map((column) => row[column])) };
}
