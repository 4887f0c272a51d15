import type { Queryable } from '../../database/pools';
import { sqlState } from '../../database/transient';
import type { Rejection } from '../record/rejection';
import type { RequestRow } from '../record/request-row';
import { eventOf, stateOf, TRANSITIONS } from '../record/request-states';
import { type StoredState, storedStates, upsert } from './upsert';

/** What became of a row. */
export type RowOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'rejected'; readonly code: Rejection['code']; readonly message: string };

/** How rows are handed to the database. */
export type WriteRows = (
  client: Queryable,
  rows: readonly RequestRow[],
) => Promise<{ readonly written: ReadonlySet<string>; readonly refused: ReadonlyMap<string, RowOutcome> }>;

/** All rows in one statement; fails as a whole. */
export const writeTogether: WriteRows = async (client, rows) => ({
  written: await upsert(client, rows),
  refused: new Map(),
});

/**
 * Rows that the database refuses are found by halving; the others are written. Needs a transaction. A statement of n
 * rows with one refused row becomes about 2 log2(n).
 */
export const writeIsolated: WriteRows = async (client, rows) => {
  await client.query('savepoint', 'SAVEPOINT rows');
  try {
    const written = await upsert(client, rows);
    await client.query('savepoint', 'RELEASE SAVEPOINT rows');
    return { written, refused: new Map() };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await client.query('savepoint', 'ROLLBACK TO SAVEPOINT rows');
    await client.query('savepoint', 'RELEASE SAVEPOINT rows');
    const [row] = rows;
    if (rows.length === 1 && row !== undefined) {
      return { written: new Set(), refused: new Map([[row.id, refusalOf(error)]]) };
    }
    const middle = Math.ceil(rows.length / 2);
    const first = await writeIsolated(client, rows.slice(0, middle));
    const second = await writeIsolated(client, rows.slice(middle));
    return {
      written: new Set([...first.written, ...second.written]),
      refused: new Map([...first.refused, ...second.refused]),
    };
  }
};

/** Whether the data is at fault, not the server: SQLSTATE classes of data exceptions, constraints and limits. */
export function isRefusal(error: unknown): boolean {
  return /^(22|23|54)/.test(sqlState(error) ?? '');
}

function refusalOf(error: unknown): RowOutcome {
  const { message, constraint } = error as { message: string; constraint?: string };
  if (sqlState(error) === '23514' && constraint === undefined) {
    return {
      kind: 'rejected',
      code: 'timestamp_out_of_range',
      message:
        'The database has no partition for the month of timestamp: it is older than the retention or too far ahead',
    };
  }
  // The server's own sentence names the constraint; it holds no value of the row.
  return {
    kind: 'rejected',
    code: 'refused_by_database',
    message: `The database refused the row: ${message}`,
  };
}

/**
 * Stores rows in their order and says what became of each. Rows with the same id take turns: a start and its end may
 * come in one batch.
 */
export async function storeRows(
  client: Queryable,
  rows: readonly RequestRow[],
  write: WriteRows,
): Promise<RowOutcome[]> {
  const outcomes = new Map<number, RowOutcome>();
  for (const turn of turnsOf(rows)) {
    const sorted = turn.map(({ row }) => row).sort((one, other) => (one.id < other.id ? -1 : 1));
    const { written, refused } = await write(client, sorted);
    const left = sorted.filter(({ id }) => !written.has(id) && !refused.has(id));
    const states = await storedStates(client, left);
    for (const { row, index } of turn) {
      const outcome = written.has(row.id)
        ? ACCEPTED
        : (refused.get(row.id) ?? outcomeOf(row, states.get(row.id)));
      outcomes.set(index, outcome);
    }
  }
  return rows.map((_, index) => outcomes.get(index) ?? DUPLICATE);
}

const ACCEPTED: RowOutcome = { kind: 'accepted' };
const DUPLICATE: RowOutcome = { kind: 'duplicate' };

/** Rows of the first turn have different ids; those of the second turn repeat one of the first, and so on. */
function turnsOf(rows: readonly RequestRow[]): { row: RequestRow; index: number }[][] {
  const turns: { row: RequestRow; index: number }[][] = [];
  const seen = new Map<string, number>();
  for (const [index, row] of rows.entries()) {
    const turn = seen.get(row.id) ?? 0;
    seen.set(row.id, turn + 1);
    if (turns.length === turn) turns.push([]);
    turns[turn]?.push({ row, index });
  }
  return turns;
}

/** What a row that was not written says beside what is stored. */
function outcomeOf(row: RequestRow, stored: StoredState | undefined): RowOutcome {
  if (stored === undefined) return CONFLICT; // deleted in between
  if (stored.project_id !== row.projectId) return CONFLICT;
  const fate = TRANSITIONS[stateOf({ status: stored.status, errorCode: stored.error_code })][eventOf(row)];
  if (fate === 'ignore') return DUPLICATE;
  // Rows of older releases have no hash to compare with.
  const isSame = stored.content_hash === null || row.contentHash.equals(stored.content_hash);
  return isSame ? DUPLICATE : CONFLICT;
}

const CONFLICT: RowOutcome = {
  kind: 'rejected',
  code: 'id_conflict',
  message: 'Another record is stored under this id: give each request an id of its own',
};
