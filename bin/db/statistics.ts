import type { Client } from 'pg';
import type { Queryable } from '../../service/database/pools';
import {
  readIndexUse,
  readPartitions,
  readSlowStatements,
  readUnusedIndexes,
  type StatisticsTable,
} from '../../service/database/statistics';
import { textTable } from '../cli/text-table';

/**
 * The tables of the report, in their order. The session becomes read-only.
 * @param slowMilliseconds least mean time of a statement that counts as slow
 */
export async function readStatistics(client: Client, slowMilliseconds: number): Promise<StatisticsTable[]> {
  await client.query('SET default_transaction_read_only = on');
  const database: Queryable = { query: (_name, text, values = []) => client.query(text, [...values]) };
  return [
    await readIndexUse(database),
    await readUnusedIndexes(database),
    await readSlowStatements(database, slowMilliseconds),
    await readPartitions(database),
  ];
}

/** A table of the report as text. */
export function formatStatistics({ title, columns, rows }: StatisticsTable): string {
  if (rows.length === 0) return `${title}\n  none`;
  const head = columns.map((column) => column.replaceAll('_', ' '));
  const lines = textTable([head, ...rows.map((row) => row.map(String))], () => false);
  return [title, ...lines.map((line) => `  ${line}`)].join('\n');
}
