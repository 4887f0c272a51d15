import type { Principal } from '../../access/principal';
import { DatabaseUnavailableError, isConnectionLost } from '../../database/database-errors';
import { isTransient, sqlState } from '../../database/transient';
import type { Rejection } from '../../requests/record/rejection';
import { QueueFullError } from '../../requests/write/group-commit';
import type { IngestResult } from '../../requests/write/ingest-result';
import { isRefusal } from '../../requests/write/store-rows';
import type { CheckedRecord } from '../../requests/write/write-unit';
import type { CallCharacters } from './call-record';
import type { CallRecord, LedgerRecord } from './journal-entry';
import type { RecordWriter } from './ledger-props';

/** A record on its way to the database. */
export interface StorableRecord extends CallRecord {
  /** For an estimate where the usage cannot be read. */
  readonly characters: CallCharacters | null;
  /** Whether the process that had the call is gone. */
  readonly isAbandoned: boolean;
  /** The record as this process has made it, which needs no check. @default - it comes from a file, and is checked */
  readonly checked?: CheckedRecord;
}

/**
 * What became of a record:
 * - `stored`: it is committed, or was before;
 * - `rejected`: it can never be stored, and is in the list of refused records;
 * - `poison`: it makes the write fail by itself;
 * - `failed`: the database did not take it, as it would no other.
 */
export type StoreOutcome =
  | { readonly kind: 'stored'; readonly isNew: boolean }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'poison'; readonly error: Error }
  | { readonly kind: 'failed'; readonly error: Error };

/** Where the records come from, in the list of refused ones. */
const SOURCE = 'gateway';

/** Rejections after which the call's usage is estimated. */
const ESTIMATED: ReadonlySet<string> = new Set(['usage_unreadable', 'cost_out_of_range']);

/**
 * Writes records, one batch for each key, and says what became of each, in order. A record at fault is found by
 * halving, so it keeps no other out. Never throws.
 */
export async function storeRecords(
  writer: RecordWriter,
  records: readonly StorableRecord[],
): Promise<StoreOutcome[]> {
  const groups = new Map<string, number[]>();
  for (const [index, { projectId, keyId, isAbandoned, checked }] of records.entries()) {
    const key = `${projectId} ${keyId} ${isAbandoned} ${checked === undefined}`;
    const places = groups.get(key);
    if (places === undefined) groups.set(key, [index]);
    else places.push(index);
  }
  const outcomes: StoreOutcome[] = [];
  await Promise.all(
    [...groups.values()].map(async (places) => {
      const group = places.map((place) => records[place] as StorableRecord);
      for (const [index, outcome] of (await storeGroup(writer, group)).entries()) {
        outcomes[places[index] as number] = outcome;
      }
    }),
  );
  return outcomes;
}

/** Stores records of one group. */
async function storeGroup(writer: RecordWriter, group: readonly StorableRecord[]): Promise<StoreOutcome[]> {
  try {
    return await writeGroup(writer, group);
  } catch (thrown) {
    const error = thrown as Error;
    if (!isFaultOfRecord(error)) return group.map(() => ({ kind: 'failed', error }));
    if (group.length === 1) return [{ kind: 'poison', error }];
    const middle = Math.ceil(group.length / 2);
    return [
      ...(await storeGroup(writer, group.slice(0, middle))),
      ...(await storeGroup(writer, group.slice(middle))),
    ];
  }
}

async function writeGroup(writer: RecordWriter, group: readonly StorableRecord[]): Promise<StoreOutcome[]> {
  const [first] = group;
  if (first === undefined) return [];
  const { accepted, rejected } = await write(writer, group, first);
  const rejections = new Map(rejected.map((rejection) => [rejection.index, rejection]));
  // The writer counts new rows of a batch; which ones they are matters to nobody.
  let left = accepted;
  const outcomes = group.map((_, index): StoreOutcome => {
    const rejection = rejections.get(index);
    if (rejection !== undefined) return { kind: 'rejected', rejection };
    left -= 1;
    return { kind: 'stored', isNew: left >= 0 };
  });
  return storeEstimates(writer, group, outcomes);
}

/** All records of a group are like its first one. */
function write(
  writer: RecordWriter,
  group: readonly StorableRecord[],
  first: StorableRecord,
): Promise<IngestResult> {
  const checked = group.flatMap((one) => one.checked ?? []);
  if (checked.length === group.length) return writer.writeChecked(first, checked, SOURCE);
  const records = group.map(({ record }) => record);
  return writer.write(principalOf(first), records, { source: SOURCE, abandoned: first.isAbandoned });
}

/** A call whose usage nobody can read is a call nevertheless: it is stored with an estimate. */
async function storeEstimates(
  writer: RecordWriter,
  group: readonly StorableRecord[],
  outcomes: readonly StoreOutcome[],
): Promise<StoreOutcome[]> {
  const places = outcomes.flatMap((outcome, index) =>
    outcome.kind === 'rejected' &&
    ESTIMATED.has(outcome.rejection.code) &&
    'usage' in (group[index]?.record ?? {})
      ? [index]
      : [],
  );
  if (places.length === 0) return [...outcomes];
  const estimates = places.map((place) => estimated(group[place] as StorableRecord));
  const stored = await writeGroup(writer, estimates);
  return outcomes.map((outcome, index) => stored[places.indexOf(index)] ?? outcome);
}

function estimated({ record, characters, checked: __, ...rest }: StorableRecord): StorableRecord {
  const { usage: _, ...others } = record as LedgerRecord & { readonly usage?: unknown };
  return { ...rest, record: { ...others, ...(characters && { characters }) }, characters };
}

/** Whether an error comes from what was to be stored, not from the state of the database. */
function isFaultOfRecord(error: Error): boolean {
  if (error instanceof DatabaseUnavailableError || error instanceof QueueFullError) return false;
  if (isConnectionLost(error) || isTransient(error)) return false;
  return isRefusal(error) || sqlState(error) === undefined;
}

function principalOf({ projectId, keyId }: CallRecord): Principal {
  return { keyId, organisation: false, projectId, roles: new Set(['ingest']) };
}
