import { isJsonObject, parseObject } from '../formats/json';
import type { CallCharacters } from './call-record';

/** A record as the writer of requests takes it. */
export type LedgerRecord = Readonly<Record<string, unknown>> & { readonly id: string };

/** A call that is about to go upstream. */
export interface StartEntry {
  readonly kind: 'start';
  readonly projectId: string;
  /** Without status. */
  readonly record: LedgerRecord;
  /** UTF-16 characters of the input. */
  readonly promptCharacters: number;
}

/** A call that has ended. */
export interface EndEntry {
  readonly kind: 'end';
  readonly projectId: string;
  readonly record: LedgerRecord;
  /** For an estimate where the provider's usage cannot be read. Null where the record says all there is. */
  readonly characters: CallCharacters | null;
}

/** A line of the journal. */
export type JournalEntry = StartEntry | EndEntry;

/** The line of an entry, with its line feed. Field names are short, because each call writes two lines. */
export function encodeEntry(entry: JournalEntry): string {
  const { projectId: p, record: r } = entry;
  const line =
    entry.kind === 'start'
      ? { k: 's', p, r, c: entry.promptCharacters }
      : { k: 'e', p, r, ...(entry.characters && { f: entry.characters }) };
  return `${JSON.stringify(line)}\n`;
}

/** The entry of a line without its line feed; undefined for a torn or damaged one. */
export function decodeEntry(line: string): JournalEntry | undefined {
  const { k, p, r, c, f } = parseObject(line) ?? {};
  if (typeof p !== 'string' || !isLedgerRecord(r)) return undefined;
  if (k === 's' && typeof c === 'number') {
    return { kind: 'start', projectId: p, record: r, promptCharacters: c };
  }
  if (k !== 'e') return undefined;
  return { kind: 'end', projectId: p, record: r, characters: isCharacters(f) ? f : null };
}

function isLedgerRecord(value: unknown): value is LedgerRecord {
  return isJsonObject(value) && typeof value['id'] === 'string';
}

function isCharacters(value: unknown): value is CallCharacters {
  return isJsonObject(value) && typeof value['prompt'] === 'number' && typeof value['output'] === 'number';
}
