import type { Principal } from '../../access/principal';
import { DatabaseUnavailableError } from '../../database/database-errors';
import type { Database, Queryable } from '../../database/pools';
import { sqlState } from '../../database/transient';
import { RequestError } from '../errors';
import { ownProject } from '../project-scope';
import { findRequest } from '../read/find-request';
import type { EndInput, StoredRequest } from '../record';
import type { Prices } from '../record/build-row';
import { DEFAULT_MAX_PROMPT_BYTES } from '../record/prompt';
import { isRecordId, timeOfId } from '../record/record-id';
import type { RequestRow } from '../record/request-row';
import { textProblem } from '../record/text';
import { endedRecord } from './end-request';
import { GroupCommit } from './group-commit';
import { firstArrivals, type KeyedCall } from './idempotency-keys';
import type { IngestResult, WriteOptions } from './ingest-result';
import { insertUsers, KnownUsers } from './known-users';
import { insertRefused } from './refused-records';
import {
  isRefusal,
  type RowOutcome,
  storeRows,
  type WriteRows,
  writeIsolated,
  writeTogether,
} from './store-rows';
import { StoredMonthsCache } from './stored-months';
import {
  type Batch,
  type BatchRows,
  batchRows,
  type CheckedRecord,
  checkBatch,
  checkedBatch,
  checkFirstArrival,
  keyedCall,
  refusedRecords,
  resultOf,
} from './write-unit';

/** Most records of one call. */
export const MAX_RECORDS = 1000;

/** Longest idempotency key, characters; a check of the column holds the same bound. */
const MAX_KEY = 255;

/** Attempts of a transaction that the database ends because of others. */
const MAX_ATTEMPTS = 3;

/** SQLSTATEs after which the same transaction may succeed: serialization_failure, deadlock_detected. */
const RETRIED: ReadonlySet<string | undefined> = new Set(['40001', '40P01']);

/** SQLSTATE of a row whose user does not exist. */
const FOREIGN_KEY_VIOLATION = '23503';

/** Bytes of a row besides its prompt, tags and units; for the size of a transaction only. */
const ROW_BYTES = 400;

/** What a writer is made of. */
export interface RequestWriterProps {
  readonly database: Pick<Database, 'reads' | 'writes'>;
  /** The current price book; called for each batch. */
  readonly prices: () => Prices;
  /** The clock. */
  readonly now: () => Date;
  /** Longest prompt that is stored, bytes in UTF-8. @default 65536 */
  readonly maxPromptBytes?: number;
  /** Transactions at the same time; at most the size of the write pool. @default 4 */
  readonly concurrency?: number;
  /** Is told of rows that are committed; it must not throw or wait. @default - nobody */
  readonly onStored?: (rows: readonly RequestRow[]) => void;
}

/** A batch whose rows are known, unless its idempotency key decides on them. */
interface Unit {
  readonly batch: Batch;
  /** Null until the first arrival of the key is known. */
  readonly rows: BatchRows | null;
  readonly call: KeyedCall | null;
  /** Size of the records, bytes. */
  readonly bytes: number;
}

/** A unit in its transaction: rows, or why the whole batch is refused. */
type Resolved = { readonly unit: Unit; readonly rows: BatchRows } | { readonly error: RequestError };

/** Stores records. What it answers is committed. One writer a process, so that its callers share transactions. */
export class RequestWriter {
  private readonly group: GroupCommit<Unit, IngestResult>;
  private readonly users = new KnownUsers();
  private readonly months: StoredMonthsCache;
  private readonly maxPromptBytes: number;

  constructor(private readonly props: RequestWriterProps) {
    this.maxPromptBytes = props.maxPromptBytes ?? DEFAULT_MAX_PROMPT_BYTES;
    this.months = new StoredMonthsCache(props.database.reads, props.now);
    this.group = new GroupCommit<Unit, IngestResult>({
      commit: (units) => this.commit(units),
      sizeOf: ({ batch, bytes }) => ({ rows: batch.records.length, bytes }),
      ...(props.concurrency === undefined ? {} : { concurrency: props.concurrency }),
    });
  }

  /**
   * Stores a batch of records. Records are checked alone: a bad one is in `rejected` and does not keep the others out.
   * @param records up to 1,000 elements as the sender gave them (`readNdjson` for NDJSON)
   * @throws RequestError `no_project`, `too_many_records`, `idempotency_key_reused`, `invalid_query` for a long key
   * @throws QueueFullError where the database is slower than the callers; nothing is stored
   */
  async write(
    principal: Principal,
    records: readonly unknown[],
    { idempotencyKey, source = 'api', abandoned = false }: WriteOptions = {},
  ): Promise<IngestResult> {
    const projectId = ownProject(principal);
    if (records.length > MAX_RECORDS) {
      throw new RequestError(
        'too_many_records',
        `A batch must have at most ${MAX_RECORDS} records, got ${records.length}: send several batches`,
      );
    }
    const arrivedAt = this.props.now();
    const key = checkKey(idempotencyKey);
    const { keyId } = principal;
    return this.add(checkBatch({ projectId, keyId, source, arrivedAt, raw: records, key, abandoned }));
  }

  /**
   * Stores records that the service itself has made of what it had checked: they are not checked again.
   * @param records up to 1,000
   * @param source where they come from, for the list of refused records, such as `gateway`
   * @throws QueueFullError where the database is slower than the callers; nothing is stored
   */
  async writeChecked(
    { projectId, keyId }: { readonly projectId: string; readonly keyId: string },
    records: readonly CheckedRecord[],
    source: string,
  ): Promise<IngestResult> {
    return this.add(checkedBatch({ projectId, keyId, source, arrivedAt: this.props.now() }, records));
  }

  /**
   * Ends an active request. The same end again is no error.
   * @param id of the request, a UUIDv7
   * @returns the request as it is stored now
   * @throws RequestError `not_found`, `id_conflict` where it ended otherwise or an older release stored it, `invalid_record`
   */
  async end(principal: Principal, id: string, end: EndInput): Promise<StoredRequest> {
    const projectId = ownProject(principal);
    const stored = await findRequest(this.props.database.writes, { projectId }, id);
    if (stored === null) throw notFound(id);
    // The end would be a second row: rows are found by the time in their id.
    if (!isTimeOfId(stored.exactTimestamp, id)) throw hasOtherTime(id, stored.exactTimestamp);
    const { rejected } = await this.write(principal, [endedRecord(stored.request, end)], { source: 'end' });
    const [rejection] = rejected;
    if (rejection?.code === 'id_conflict') {
      throw new RequestError('id_conflict', `Request ${id} has ended already, with other values than these.`);
    }
    if (rejection !== undefined) throw new RequestError('invalid_record', rejection.message);
    const ended = await findRequest(this.props.database.writes, { projectId }, id);
    if (ended === null) throw notFound(id);
    const { prompt: _, ...request } = ended.request;
    return request;
  }

  /** Writes what waits; later calls are refused. */
  close(): Promise<void> {
    return this.group.close();
  }

  private async add(batch: Batch): Promise<IngestResult> {
    if (batch.raw.length === 0) return { accepted: 0, duplicates: 0, rejected: [], ids: [] };
    const call = keyedCall(batch);
    const rows = call === null ? await this.rowsOf(batch, batch.arrivedAt) : null;
    return this.group.add({ batch, rows, call, bytes: sizeOf(batch) });
  }

  private async rowsOf(batch: Batch, firstSeen: Date): Promise<BatchRows> {
    const months = await this.months.get();
    return batchRows(batch, firstSeen, {
      months,
      prices: this.props.prices(),
      maxPromptBytes: this.maxPromptBytes,
    });
  }

  /**
   * Writes units in one transaction. Where the database refuses a row, once more with that row isolated; where that
   * fails, too, each unit alone.
   */
  private async commit(units: readonly Unit[]): Promise<(IngestResult | Error)[]> {
    let write: WriteRows = writeTogether;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(units, write);
      } catch (error) {
        const isRefused = isRefusal(error) && write === writeTogether;
        if (sqlState(error) === FOREIGN_KEY_VIOLATION) this.users.forget();
        if (isRefused) write = writeIsolated;
        else if (units.length > 1 && isFaultOfUnit(error)) return this.commitAlone(units);
        else if (!RETRIED.has(sqlState(error)) || attempt >= MAX_ATTEMPTS) throw error;
      }
    }
  }

  /** Each unit in a transaction of its own: what fails for one caller fails for no other. */
  private async commitAlone(units: readonly Unit[]): Promise<(IngestResult | Error)[]> {
    const results: (IngestResult | Error)[] = [];
    for (const unit of units) {
      results.push(...(await this.commit([unit]).catch((error: Error) => [error])));
    }
    return results;
  }

  private async attempt(units: readonly Unit[], write: WriteRows): Promise<(IngestResult | RequestError)[]> {
    const { writes } = this.props.database;
    const users = this.users.unknown(units.flatMap(({ batch }) => usersOf(batch)));
    const work = (client: Queryable) => this.writeUnits(client, units, { users, write });
    // One statement commits by itself: no BEGIN and no COMMIT to wait for.
    const isOneStatement = users.length === 0 && write === writeTogether && units.every(isPlain);
    const { results, stored } = await (isOneStatement ? work(writes) : writes.transaction(work));
    this.users.remember(users);
    this.props.onStored?.(stored);
    return results;
  }

  private async writeUnits(
    client: Queryable,
    units: readonly Unit[],
    { users, write }: { users: ReturnType<KnownUsers['unknown']>; write: WriteRows },
  ): Promise<{ results: (IngestResult | RequestError)[]; stored: readonly RequestRow[] }> {
    const resolved = await this.resolve(client, units);
    await insertUsers(client, users);
    const rows = resolved.flatMap((one) => ('error' in one ? [] : one.rows.rows));
    const outcomes = await storeRows(client, rows, write);
    let taken = 0;
    const results = resolved.map((one) => {
      if ('error' in one) return one.error;
      const own: RowOutcome[] = outcomes.slice(taken, taken + one.rows.rows.length);
      taken += own.length;
      return resultOf(one.unit.batch, one.rows, own);
    });
    const refused = units.flatMap(({ batch }, index) => {
      const result = results[index];
      return result === undefined || result instanceof RequestError ? [] : refusedRecords(batch, result);
    });
    await insertRefused(client, refused);
    return { results, stored: rows.filter((_, index) => outcomes[index]?.kind === 'accepted') };
  }

  /** Rows of each unit, after the first arrivals of idempotency keys. */
  private async resolve(client: Queryable, units: readonly Unit[]): Promise<Resolved[]> {
    const keyed = units.filter(({ call }) => call !== null);
    const arrivals = await firstArrivals(
      client,
      keyed.flatMap(({ call }) => call ?? []),
    );
    return Promise.all(
      units.map(async (unit): Promise<Resolved> => {
        const first = arrivals[keyed.indexOf(unit)];
        if (unit.rows !== null) return { unit, rows: unit.rows };
        if (unit.call === null || first === undefined) throw new Error('A unit without rows has a key');
        const error = checkFirstArrival(unit.call, first);
        return error === undefined
          ? { unit, rows: await this.rowsOf(unit.batch, first.firstSeen) }
          : { error };
      }),
    );
  }
}

/** A key that the database refused would fail the transaction for all who share it. */
function checkKey(key: string | undefined): string | null {
  if (key === undefined) return null;
  if (key.length >= 1 && key.length <= MAX_KEY && textProblem(key) === undefined) return key;
  throw new RequestError(
    'invalid_query',
    `Idempotency-Key must have 1 to ${MAX_KEY} characters, got ${key.length}: use a UUID for each batch`,
  );
}

/** Whether an error comes from what a unit holds; the others of its transaction are to be stored nevertheless. */
function isFaultOfUnit(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return false;
  return isRefusal(error) || sqlState(error) === undefined;
}

/** Whether a unit is only rows with different ids: nothing to store besides them. */
function isPlain({ rows }: Unit): boolean {
  if (rows === null || rows.rejections.length > 0) return false;
  return new Set(rows.rows.map(({ id }) => id)).size === rows.rows.length;
}

function usersOf({ projectId, records }: Batch) {
  return records.map(({ record }) => ({ projectId, userId: record.user }));
}

function sizeOf({ records }: Batch): number {
  return records.reduce((sum, { record }) => sum + ROW_BYTES + (record.prompt?.length ?? 0), 0);
}

/** Whether a row's time, with microseconds, is the millisecond of its id, as this release stores rows. */
function isTimeOfId(exactTimestamp: string, id: string): boolean {
  return isRecordId(id) && exactTimestamp === timeOfId(id).toISOString().replace('Z', '000Z');
}

function hasOtherTime(id: string, timestamp: string): RequestError {
  return new RequestError(
    'id_conflict',
    `Request ${id} was stored by an older release with the time ${timestamp}, which is not the time in its id: it cannot be ended. Store the ended request under a new id.`,
  );
}

function notFound(id: string): RequestError {
  return new RequestError('not_found', `Request ${id} does not exist in the project of this key.`);
}
