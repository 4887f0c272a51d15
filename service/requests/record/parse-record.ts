import type { z } from 'zod';
import { type RecordInput, recordSchema } from '../record';
import { isRecordId, timeOfId } from './record-id';
import { MalformedRecord, type Rejection, type RejectionCode } from './rejection';
import { storableText } from './text';

/** Longest distance between a record's `timestamp` and the time in its id, ms. */
const MAX_ID_DISTANCE_MS = 1000;

/** A record that a batch has, or why it has none. */
export type ParsedRecord =
  | { readonly ok: true; readonly record: RecordInput }
  | { readonly ok: false; readonly rejection: Rejection };

/** Checks one element of a batch alone: its schema, its texts, and its id against its time. */
export function parseRecord(raw: unknown, index: number): ParsedRecord {
  const id = idOf(raw);
  const refuse = (code: RejectionCode, message: string): ParsedRecord => ({
    ok: false,
    rejection: { index, id, code, message },
  });
  if (raw instanceof MalformedRecord) return refuse(raw.code, raw.message);
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return refuse('not_json', `A record must be a JSON object, got ${nameOf(raw)}`);
  }
  const { success, data, error } = recordSchema.safeParse(raw);
  if (!success) return refuse(codeOf(error), sentenceOf(error));
  const { timestamp } = data;
  if (data.id !== undefined && timestamp !== undefined) {
    const distance = Math.abs(Date.parse(timestamp) - timeOfId(data.id).getTime());
    if (distance > MAX_ID_DISTANCE_MS) {
      const inId = timeOfId(data.id).toISOString();
      return refuse(
        'id_timestamp_mismatch',
        `timestamp must be at most 1 s from the time in id (${inId}), got ${timestamp}: make the UUIDv7 of the request's time`,
      );
    }
  }
  return { ok: true, record: data };
}

function nameOf(raw: unknown): string {
  if (raw === null) return 'null';
  return Array.isArray(raw) ? 'an array' : `a ${typeof raw}`;
}

/** Id of a record that need not be valid in the rest. */
function idOf(raw: unknown): string | null {
  const id = typeof raw === 'object' && raw !== null && 'id' in raw ? raw.id : undefined;
  return typeof id === 'string' && isRecordId(id) ? id.toLowerCase() : null;
}

/** Code of the first problem that has one of its own. */
function codeOf(error: z.ZodError): RejectionCode {
  for (const issue of error.issues) {
    if (issue.code === 'custom' && typeof issue.params?.['code'] === 'string') {
      return issue.params['code'] as RejectionCode;
    }
  }
  return 'invalid_record';
}

/** Longest sentence, characters. */
const MAX_SENTENCE = 1000;

/** All problems of a record, each with its field; a text that PostgreSQL stores. */
export function sentenceOf(error: z.ZodError): string {
  const problems = error.issues.map(({ path, message }) => `${path.join('.') || 'record'}: ${message}`);
  return storableText(problems.join('; ').slice(0, MAX_SENTENCE));
}
