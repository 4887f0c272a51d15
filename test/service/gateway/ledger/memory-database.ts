import { deepStrictEqual as deepEqual } from 'node:assert/strict';
import type { Queryable } from '../../../../service/database/pools';
import type { RecordWriter } from '../../../../service/gateway/ledger/ledger-props';
import { ABANDONED } from '../../../../service/requests/record';
import { parseRecord } from '../../../../service/requests/record/parse-record';
import {
  eventOf,
  type RequestState,
  stateOf,
  TRANSITIONS,
} from '../../../../service/requests/record/request-states';

/** A request as this database has it. */
export interface MemoryRow {
  readonly state: RequestState;
  readonly project: string;
  /** What was stored last. */
  readonly record: Readonly<Record<string, unknown>>;
  /** How many ends were stored over what was there, abandoned ones included. */
  readonly ends: number;
}

/** A database of requests and calls under way in memory, with the rules of the real one; it can be away. */
export class MemoryDatabase implements Queryable, RecordWriter {
  readonly rows = new Map<string, MemoryRow>();
  readonly underWay = new Map<string, unknown>();
  readonly refused: { readonly id: string | null; readonly code: string }[] = [];
  /** Whether every statement fails. */
  isAway = false;
  /** Records that were stored before. */
  duplicates = 0;
  /** Statements that insert calls under way. */
  inserts = 0;
  /** What these wait for. */
  beforeInsert: () => Promise<void> = async () => undefined;
  /** Statements that delete calls under way and are still to fail. */
  failedDeletes = 0;

  readonly write: RecordWriter['write'] = async (principal, records, { abandoned = false } = {}) => {
    await this.answer();
    let [accepted, duplicates] = [0, 0];
    const rejected: {
      index: number;
      id: string | null;
      code: 'id_conflict' | 'invalid_record';
      message: string;
    }[] = [];
    for (const [index, raw] of records.entries()) {
      const given = raw as Record<string, unknown>;
      const parsed = parseRecord(abandoned ? { ...given, status: 'failed' } : given, index);
      if (!parsed.ok) {
        rejected.push({
          index,
          id: String(given['id']),
          code: 'invalid_record',
          message: parsed.rejection.message,
        });
        continue;
      }
      const record = {
        ...parsed.record,
        error_code: abandoned ? ABANDONED : (parsed.record.error_code ?? null),
      };
      const outcome = this.store(String(record.id), String(principal.projectId), record);
      if (outcome === 'accepted') accepted += 1;
      else if (outcome === 'duplicate') duplicates += 1;
      else rejected.push({ index, id: String(record.id), code: 'id_conflict', message: outcome });
    }
    this.refused.push(...rejected);
    this.duplicates += duplicates;
    return { accepted, duplicates, rejected, ids: [] };
  };

  /** @throws AssertionError for a record that the writer would not take as it is */
  readonly writeChecked: RecordWriter['writeChecked'] = ({ projectId, keyId }, checked) => {
    const records = checked.map(({ record }) => record);
    deepEqual(
      records.map((record, index) => parseRecord(record, index)),
      records.map((record) => ({ ok: true, record })),
    );
    return this.write({ projectId, keyId, organisation: false, roles: new Set(['ingest']) }, records);
  };

  readonly query: Queryable['query'] = (async (
    name: string,
    _text: string,
    values: readonly unknown[] = [],
  ) => {
    await this.answer();
    if (name === 'calls-under-way-insert') {
      this.inserts += 1;
      await this.beforeInsert();
      for (const id of values[2] as string[]) this.underWay.set(id, values[0]);
    }
    if (name === 'calls-under-way-delete') {
      this.failedDeletes -= 1;
      if (this.failedDeletes >= 0) throw new Error('Connection terminated unexpectedly');
      for (const id of values[0] as string[]) this.underWay.delete(id);
    }
    return { rows: [] };
  }) as unknown as Queryable['query'];

  private async answer(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.isAway) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  }

  private store(
    id: string,
    project: string,
    record: Record<string, unknown> & { status: string; error_code: string | null },
  ): string {
    const fields = { status: record.status, errorCode: record.error_code };
    const stored = this.rows.get(id);
    const fate = TRANSITIONS[stored?.state ?? 'absent'][eventOf(fields)];
    if (fate === 'ignore') return 'duplicate';
    if (fate === 'compare') {
      return JSON.stringify(stored?.record) === JSON.stringify(record) ? 'duplicate' : 'another record';
    }
    const ends = (stored?.ends ?? 0) + (record.status === 'active' ? 0 : 1);
    this.rows.set(id, { state: stateOf(fields), project, record, ends });
    return 'accepted';
  }
}
