import { hash as digest, randomUUID } from 'node:crypto';
import { uuidV7 } from '../../shared/uuid-v7';

/**
 * A new id. A request's `timestamp` is the millisecond in its id, so that an id has one timestamp. The random bits are
 * those of a UUIDv4, of which Node keeps a supply: random bytes one id at a time would take most of a batch's time.
 */
export function newRecordId(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${randomUUID().slice(15)}`;
}

/** Id of the record that a sender calls `sourceId`: the same project, id and time give the same id. */
export function sourceRecordId(time: Date, projectId: string, sourceId: string): string {
  return uuidV7(time.getTime(), hash([projectId, 'source', sourceId]));
}

/** Id of a record at a place of a batch with an idempotency key. */
export function keyedRecordId(time: Date, projectId: string, key: string, index: number): string {
  return uuidV7(time.getTime(), hash([projectId, 'key', key, index]));
}

/** Time of a UUIDv7, whole milliseconds. */
export function timeOfId(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}

/** Whether a text is a UUIDv7. */
export function isRecordId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.test(text);
}

function hash(parts: readonly (string | number)[]): Buffer {
  return digest('sha256', JSON.stringify(parts), 'buffer');
}
