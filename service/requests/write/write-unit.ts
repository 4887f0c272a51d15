import { createHash } from 'node:crypto';
import { RequestError } from '../errors';
import { ABANDONED, type RecordInput } from '../record';
import { type Accounted, buildRow, type RowContext } from '../record/build-row';
import { boundNesting } from '../record/nesting';
import { type ParsedRecord, parseRecord } from '../record/parse-record';
import { keyedRecordId, newRecordId, sourceRecordId, timeOfId } from '../record/record-id';
import { refusedRecord } from '../record/refused-record';
import { MalformedRecord, type Rejection } from '../record/rejection';
import type { RequestRow } from '../record/request-row';
import { storableText } from '../record/text';
import type { FirstArrival, KeyedCall } from './idempotency-keys';
import type { IngestResult } from './ingest-result';
import type { RefusedRecord } from './refused-records';
import type { RowOutcome } from './store-rows';
import type { StoredMonths } from './stored-months';

/** A record that needs no check, because the service itself has made it of what it had checked. */
export interface CheckedRecord {
  readonly record: RecordInput;
  /** Null where its usage is to be read and priced. */
  readonly accounted: Accounted | null;
}

/** A record of a batch, with its place. */
interface PlacedRecord {
  readonly index: number;
  readonly record: RecordInput;
  /** What is known of its usage and cost. @default - nothing */
  readonly accounted?: Accounted | null;
}

/** One call of a writer: its records, checked alone. */
export interface Batch {
  readonly projectId: string;
  /** Key of the caller, a UUID. */
  readonly keyId: string;
  /** Where the batch came from, such as `api`. */
  readonly source: string;
  readonly arrivedAt: Date;
  /** Elements as the sender gave them. */
  readonly raw: readonly unknown[];
  /** Null without an `Idempotency-Key`. */
  readonly key: string | null;
  /** Whether the records are requests whose process is gone. */
  readonly abandoned: boolean;
  /** Those that are valid in themselves, with their place. */
  readonly records: readonly PlacedRecord[];
  readonly rejections: readonly Rejection[];
}

/** Rows of a batch, and what of it makes no row. */
export interface BatchRows {
  readonly rows: readonly RequestRow[];
  /** Place in the batch of each row. */
  readonly places: readonly number[];
  readonly rejections: readonly Rejection[];
}

/** Checks each record of a call alone. */
export function checkBatch(call: Omit<Batch, 'records' | 'rejections'>): Batch {
  const raw = call.raw.map(boundNesting);
  const parsed = raw.map((record, index) =>
    call.abandoned ? abandonedRecord(parseRecord(withStatus(record), index)) : parseRecord(record, index),
  );
  return {
    ...call,
    raw,
    records: parsed.flatMap((one, index) => (one.ok ? [{ index, record: one.record }] : [])),
    rejections: parsed.flatMap((one) => (one.ok ? [] : [one.rejection])),
  };
}

/** A batch of records that need no check. */
export function checkedBatch(
  call: Omit<Batch, 'raw' | 'key' | 'abandoned' | 'records' | 'rejections'>,
  checked: readonly CheckedRecord[],
): Batch {
  return {
    ...call,
    ...{ raw: checked.map(({ record }) => record), key: null, abandoned: false, rejections: [] },
    records: checked.map(({ record, accounted }, index) => ({ index, record, accounted })),
  };
}

/** A record of an abandoned request, valid for senders. */
function withStatus(record: unknown): unknown {
  return isObject(record) ? { ...record, status: 'failed', error_code: null } : record;
}

/** Sets the code after the check: senders may not use it. */
function abandonedRecord(parsed: ParsedRecord): ParsedRecord {
  return parsed.ok ? { ok: true, record: { ...parsed.record, error_code: ABANDONED } } : parsed;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof MalformedRecord);
}

/** The idempotency key of a batch with the hash of its body; null without one. */
export function keyedCall({ projectId, key, arrivedAt, raw }: Batch): KeyedCall | null {
  if (key === null) return null;
  const body = raw.map((record) => (record instanceof MalformedRecord ? [record.message] : record));
  return { projectId, key, arrivedAt, bodyHash: createHash('sha256').update(JSON.stringify(body)).digest() };
}

/** Refuses a batch whose key came with another body. */
export function checkFirstArrival(call: KeyedCall, first: FirstArrival): RequestError | undefined {
  if (call.bodyHash.equals(first.bodyHash)) return undefined;
  const since = first.firstSeen.toISOString();
  return new RequestError(
    'idempotency_key_reused',
    `Idempotency-Key '${call.key}' came with other records on ${since}: use a new key for each batch`,
  );
}

/** What rows are made with. */
export interface RowsContext extends RowContext {
  readonly months: StoredMonths;
}

/**
 * Prices the records of a batch and gives them their ids.
 * @param firstSeen first arrival of the batch's idempotency key; the arrival without a key
 */
export function batchRows(batch: Batch, firstSeen: Date, context: RowsContext): BatchRows {
  const rows: RequestRow[] = [];
  const places: number[] = [];
  const rejections = [...batch.rejections];
  const { projectId, keyId } = batch;
  for (const { index, record, accounted } of batch.records) {
    const { id, timestamp } = identityOf(batch, index, record, firstSeen);
    const built = isStored(timestamp, context.months)
      ? buildRow(record, { id, timestamp, projectId, keyId }, context, accounted)
      : outOfRange(timestamp, context.months);
    if ('code' in built) {
      rejections.push({ index, id, code: built.code, message: built.message });
    } else {
      rows.push(built);
      places.push(index);
    }
  }
  return { rows, places, rejections };
}

function identityOf(
  { projectId, key }: Batch,
  index: number,
  record: RecordInput,
  firstSeen: Date,
): { id: string; timestamp: Date } {
  if (record.id !== undefined) return { id: record.id, timestamp: timeOfId(record.id) };
  const timestamp = record.timestamp === undefined ? firstSeen : new Date(record.timestamp);
  // Before 1970 a UUIDv7 has no time; the check of the months refuses such a record.
  if (timestamp.getTime() < 0) return { id: newRecordId(firstSeen), timestamp };
  if (record.source_id !== undefined) {
    return { id: sourceRecordId(timestamp, projectId, record.source_id), timestamp };
  }
  if (key !== null) return { id: keyedRecordId(timestamp, projectId, key, index), timestamp };
  return { id: newRecordId(timestamp), timestamp };
}

function isStored(timestamp: Date, { from, to }: StoredMonths): boolean {
  return timestamp >= from && timestamp < to;
}

function outOfRange(timestamp: Date, { from, to }: StoredMonths) {
  const code = 'timestamp_out_of_range' as const;
  const message = `timestamp must be from ${from.toISOString()} to ${to.toISOString()}, the months that the database keeps, got ${timestamp.toISOString()}`;
  return { code, message };
}

/** Answer to a batch, from what became of its rows. */
export function resultOf(batch: Batch, rows: BatchRows, outcomes: readonly RowOutcome[]): IngestResult {
  const ids: (string | null)[] = batch.raw.map(() => null);
  const rejected = [...rows.rejections];
  let [accepted, duplicates] = [0, 0];
  for (const [position, outcome] of outcomes.entries()) {
    const index = rows.places[position] ?? 0;
    const id = rows.rows[position]?.id ?? null;
    ids[index] = id;
    if (outcome.kind === 'accepted') accepted += 1;
    else if (outcome.kind === 'duplicate') duplicates += 1;
    else rejected.push({ index, id, code: outcome.code, message: outcome.message });
  }
  for (const { index, id } of rows.rejections) ids[index] = id;
  rejected.sort((one, other) => one.index - other.index);
  return { accepted, duplicates, rejected, ids };
}

/** Rows for the list of refused records. */
export function refusedRecords(batch: Batch, { rejected }: IngestResult): RefusedRecord[] {
  const { projectId, source, arrivedAt: receivedAt } = batch;
  return rejected.map(({ index, code, message }) => ({
    ...{ projectId, source, receivedAt, code },
    // It may name fields of the record.
    message: storableText(message),
    record: refusedRecord(batch.raw[index]),
  }));
}
