import type { JsonObject } from '../json';

/** A member of a JSON object, by its places in the bytes. */
export interface Member {
  readonly name: string;
  /** Place of the name's quote. */
  readonly start: number;
  readonly valueStart: number;
  /** Place after the value. */
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACE = 0x7d;
const CLOSE_BRACKET = 0x5d;

/**
 * Changes members of a JSON object and leaves all other bytes as they are.
 * @param bytes a JSON object that has been parsed without an error
 * @param object the same, parsed
 * @param edits JSON texts of new values by name; null removes a member
 * @returns the same buffer where nothing changes
 */
export function editObject(
  bytes: Uint8Array,
  object: JsonObject,
  edits: Readonly<Record<string, string | null>>,
): Uint8Array {
  const all = Object.entries(edits);
  const isPresent = (name: string) => Object.hasOwn(object, name);
  const added = all.filter(([name, text]) => text !== null && !isPresent(name));
  const changed = new Map(all.filter(([name]) => isPresent(name)));
  if (added.length === 0 && changed.size === 0) return bytes;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const open = view.indexOf(OPEN_BRACE) + 1;
  const kept = changed.size === 0 ? undefined : keptPieces(view, open, changed);
  const isEmpty = kept === undefined ? Object.keys(object).length === 0 : kept.isEmpty;
  const head = added.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',');
  const pieces = kept === undefined ? [view.subarray(open)] : kept.pieces;
  const comma = head !== '' && !isEmpty ? ',' : '';
  return Buffer.concat([view.subarray(0, open), Buffer.from(head + comma), ...pieces]);
}

/** The edit that gives a body another model; none where it is the same or not given. */
export function modelEdit(body: JsonObject, model: string | undefined): Record<string, string> {
  return model === undefined || model === body['model'] ? {} : { model: JSON.stringify(model) };
}

/** What follows the brace, with the changes. */
function keptPieces(bytes: Buffer, open: number, changed: ReadonlyMap<string, string | null>) {
  const members = membersOf(bytes);
  const pieces: Uint8Array[] = [];
  let from = open;
  let isEmpty = true;
  const cut = (start: number, end: number) => {
    pieces.push(bytes.subarray(from, start));
    from = end;
  };
  for (const [index, { name, start, valueStart, end }] of members.entries()) {
    const next = changed.get(name);
    if (next === null) {
      // A comma goes with each removed member: the one after it while nothing is kept before it, then the one before.
      if (isEmpty) cut(index === 0 ? open : start, members[index + 1]?.start ?? end);
      else cut(members[index - 1]?.end ?? start, end);
      continue;
    }
    isEmpty = false;
    if (next === undefined) continue;
    cut(valueStart, end);
    pieces.push(Buffer.from(next));
  }
  pieces.push(bytes.subarray(from));
  return { pieces, isEmpty };
}

/**
 * The members of a JSON object, one for each time that a name stands in it.
 * @param bytes a JSON object that has been parsed without an error
 */
export function membersOf(bytes: Buffer): Member[] {
  const members: Member[] = [];
  let at = bytes.indexOf(OPEN_BRACE) + 1;
  for (;;) {
    at = afterSpace(bytes, at);
    if (bytes[at] !== QUOTE) return members;
    const start = at;
    const nameEnd = stringEnd(bytes, at);
    const name = JSON.parse(bytes.toString('utf8', start, nameEnd)) as string;
    const valueStart = afterSpace(bytes, bytes.indexOf(COLON, nameEnd) + 1);
    const end = valueEnd(bytes, valueStart);
    members.push({ name, start, valueStart, end });
    at = afterSpace(bytes, end);
    if (bytes[at] !== COMMA) return members;
    at += 1;
  }
}

function afterSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at += 1;
  return at;
}

/** Place after a string that begins with its quote. */
function stringEnd(bytes: Buffer, start: number): number {
  let at = start;
  for (;;) {
    at = bytes.indexOf(QUOTE, at + 1);
    if (at < 0) return bytes.length;
    let backslashes = 0;
    while (bytes[at - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return at + 1;
  }
}

/** Place after a value. */
function valueEnd(bytes: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = stringEnd(bytes, at);
      if (depth === 0) return at;
      continue;
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      // The end of the object that holds the value, after a number or a word.
      if (depth === 0) return endBefore(bytes, at);
      depth -= 1;
      if (depth === 0) return at + 1;
    }
    if (byte === COMMA && depth === 0) return endBefore(bytes, at);
    at += 1;
  }
  return at;
}

/** Place after the last byte before `at` that is no space. */
function endBefore(bytes: Buffer, at: number): number {
  let end = at;
  while (
    bytes[end - 1] === 0x20 ||
    bytes[end - 1] === 0x0a ||
    bytes[end - 1] === 0x0d ||
    bytes[end - 1] === 0x09
  )
    end -= 1;
  return end;
}
