import type { CheckedRecord } from '../../requests/write/write-unit';
import { isJsonObject, parseObject } from '../formats/json';
import type { CallCharacters } from './call-record';

/** A record as the writer of requests takes it. */
export type LedgerRecord = Readonly<Record<string, unknown>> & { readonly id: string };

/** Whose call it is, and the record that is stored. */
export interface CallRecord {
  /** UUID. */
  readonly projectId: string;
  /** Key that sent the call, a UUID. */
  readonly keyId: string;
  readonly record: LedgerRecord;
}

/** A call that is about to go upstream. Its record has no status. */
export interface StartEntry extends CallRecord {
  readonly kind: 'start';
  /** UTF-16 characters of the input. */
  readonly promptCharacters: number;
}

/** A call that has ended. */
export interface EndEntry extends CallRecord {
  readonly kind: 'end';
  /** For an estimate where the provider's usage cannot be read. Null where the record says all there is. */
  readonly characters: CallCharacters | null;
  /** The record for the writer, without another check. It is not written. @default - the entry was read */
  readonly checked?: CheckedRecord;
}

/** A line of the journal. */
export type JournalEntry = StartEntry | EndEntry;

/** The line of an entry, with its line feed. Field names are short, because each call writes two lines. */
export function encodeEntry(entry: JournalEntry): string {
  const { projectId: p, keyId: y, record: r } = entry;
  const line =
    entry.kind === 'start'
      ? { k: 's', p, y, r, c: entry.promptCharacters }
      : { k: 'e', p, y, r, ...(entry.characters && { f: entry.characters }) };
  return `${JSON.stringify(line)}\n`;
}

/** The entry of a line without its line feed; undefined for a torn or damaged one. */
export function decodeEntry(line: string): JournalEntry | undefined {
  const { k, p, y, r, c, f } = parseObject(line) ?? {};
  if (typeof p !== 'string' || typeof y !== 'string' || !isLedgerRecord(r)) return undefined;
  const call = { projectId: p, keyId: y, record: r };
  if (k === 's' && typeof c === 'number') {
    return { kind: 'start', ...call, promptCharacters: c };
  }
  if (k !== 'e') return undefined;
  return { kind: 'end', ...call, characters: isCharacters(f) ? f : null };
}

function isLedgerRecord(value: unknown): value is LedgerRecord {
  return isJsonObject(value) && typeof value['id'] === 'string';
}

function isCharacters(value: unknown): value is CallCharacters {
  return isJsonObject(value) && typeof value['prompt'] === 'number' && typeof value['output'] === 'number';
}
