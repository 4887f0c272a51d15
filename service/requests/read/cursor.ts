import { createHash } from 'node:crypto';
import { z } from 'zod';
import { RequestError } from '../errors';

/**
 * Cursors are opaque to callers and not secret: they say where a page ends, and never which rows may be seen. Each
 * page adds the conditions of its own principal. A cursor is bound to the question that it came from.
 */
const cursorSchema = z.strictObject({
  /** Hash of the question. */
  q: z.string(),
  /** Value that the order begins with: null where it is the time. */
  v: z
    .string()
    .regex(/^-?\d{1,10}(\.\d{1,10})?$/)
    .nullable(),
  /** Time of the last row with microseconds. */
  t: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    .refine(isTime),
  /** Id of the last row. */
  i: z.uuid(),
  /** Rows counted for the first page; at least as many where `e` is false. */
  c: z.int().min(0),
  e: z.boolean(),
  /** Rows of the pages so far. */
  n: z.int().min(0),
});

/** Where a page ends. */
export interface Cursor {
  /** First value of the order; null where the order is by time. */
  readonly value: string | null;
  /** Time of the last row with microseconds. */
  readonly timestamp: string;
  /** Id of the last row. */
  readonly id: string;
  /** Rows of the whole list, counted with the first page. */
  readonly total: { readonly count: number; readonly exact: boolean };
  /** Rows of the pages so far. */
  readonly seen: number;
}

/** The cursor as callers get it. @param question what the list is about: filters, order, scope */
export function encodeCursor(cursor: Cursor, question: unknown): string {
  const { value: v, timestamp: t, id: i, total, seen: n } = cursor;
  const json = JSON.stringify({ q: hash(question), v, t, i, c: total.count, e: total.exact, n });
  return Buffer.from(json).toString('base64url');
}

/** Reads a cursor. @throws RequestError `invalid_cursor` for a damaged one, and for one of another question */
export function decodeCursor(text: string, question: unknown): Cursor {
  const parsed = cursorSchema.safeParse(parseJson(Buffer.from(text, 'base64url').toString()));
  if (!parsed.success) throw invalid('is damaged');
  const { q, v, t, i, c, e, n } = parsed.data;
  if (q !== hash(question)) throw invalid('belongs to a list with other filters or another order');
  return { value: v, timestamp: t, id: i, total: { count: c, exact: e }, seen: n };
}

/** Whether PostgreSQL reads a text of the right form as a time: 30 February has the form too. */
function isTime(text: string): boolean {
  const milliseconds = Date.parse(text);
  return (
    !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().slice(0, 23) === text.slice(0, 23)
  );
}

function invalid(what: string): RequestError {
  return new RequestError(
    'invalid_cursor',
    `cursor ${what}: use next_cursor of the same list, or start without one.`,
  );
}

function hash(question: unknown): string {
  return createHash('sha256').update(JSON.stringify(question)).digest('base64url').slice(0, 16);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
