import { stringify } from 'csv-stringify/sync';
import type { Principal } from '../../access/principal';
import type { Database, Pool } from '../../database/pools';
import { RequestError } from '../errors';
import { type ProjectScope, projectScope } from '../project-scope';
import { type StoredRequest, storedRequestSchema } from '../record';
import { checkFilters } from './check-filters';
import { Conditions, indexedConditions, otherConditions } from './conditions';
import type { ExportQuery, RequestFilters } from './history-query';
import { EXACT_TIMESTAMP, REQUEST_COLUMNS, type RequestColumns, toStoredRequest } from './request-columns';

/** Rows of one statement; each ends long before the server's time limit for statements. */
const SLICE_ROWS = 1000;

/** Columns of a CSV export, in order. */
export const EXPORT_COLUMNS = Object.keys(storedRequestSchema.shape) as (keyof StoredRequest)[];

/** Where a slice ends. */
interface Position {
  readonly timestamp: string;
  readonly id: string;
}

const POSITION = `SELECT r.id, ${EXACT_TIMESTAMP} AS timestamp FROM llm_requests r
  WHERE r.id = $1::uuid AND ($2::uuid IS NULL OR r.project_id = $2::uuid)`;

/**
 * Requests as CSV (RFC 4180, with a header) or NDJSON, oldest first, in chunks of 1,000 rows; memory does not grow with
 * their number. A cut export goes on with `after`, the id of its last complete row, and has no second header then.
 * Cells of CSV that a spreadsheet would take for a formula begin with an apostrophe.
 * @throws RequestError `invalid_query`, `invalid_cursor` for an unknown `after`, `project_not_visible`
 */
export async function* exportRequests(
  { reports }: Pick<Database, 'reports'>,
  principal: Principal,
  { format, after, ...filters }: ExportQuery,
): AsyncGenerator<string, void, undefined> {
  const scope = projectScope(principal, filters.project);
  checkFilters(filters);
  let position = after === undefined ? null : await positionOf(reports, scope, after);
  if (format === 'csv' && after === undefined) yield csv([EXPORT_COLUMNS]);
  for (;;) {
    const rows = await slice(reports, { scope, filters, position });
    const last = rows.at(-1);
    if (last === undefined) return;
    const requests = rows.map(toStoredRequest);
    yield format === 'csv' ? csv(requests.map(cells)) : ndjson(requests);
    if (rows.length < SLICE_ROWS) return;
    position = { timestamp: last.exact_timestamp, id: last.id };
  }
}

/**
 * CSV lines. Text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets an apostrophe, so that a
 * spreadsheet shows it instead of computing it.
 */
export function csv(rows: readonly (readonly unknown[])[]): string {
  return stringify(rows as unknown[][], { escape_formulas: true, record_delimiter: 'windows' });
}

function cells(request: StoredRequest): unknown[] {
  return EXPORT_COLUMNS.map((column) => {
    const value = request[column];
    if (typeof value === 'boolean') return String(value);
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
  });
}

function ndjson(requests: readonly StoredRequest[]): string {
  return requests.map((request) => `${JSON.stringify(request)}\n`).join('');
}

async function positionOf(pool: Pool, { projectId }: ProjectScope, id: string): Promise<Position> {
  const { rows } = await pool.query<{ id: string; timestamp: string }>('export-position', POSITION, [
    id,
    projectId,
  ]);
  const [row] = rows;
  if (row !== undefined) return row;
  throw new RequestError(
    'invalid_cursor',
    `after must be the id of an exported request, got ${id}: start again.`,
  );
}

async function slice(
  pool: Pool,
  { scope, filters, position }: { scope: ProjectScope; filters: RequestFilters; position: Position | null },
): Promise<RequestColumns[]> {
  const conditions = otherConditions(indexedConditions(new Conditions(), scope, filters), filters);
  if (position !== null) {
    const at = `${conditions.value(position.timestamp)}::timestamptz`;
    conditions.add(`(r."timestamp", r.id) > (${at}, ${conditions.value(position.id)}::uuid)`);
    conditions.add(`r."timestamp" >= ${at}`);
  }
  const text = `SELECT ${REQUEST_COLUMNS} FROM llm_requests r WHERE ${conditions.text}
  ORDER BY r."timestamp", r.id LIMIT ${SLICE_ROWS}`;
  return (await pool.query<RequestColumns>('export-slice', text, conditions.values)).rows;
}
