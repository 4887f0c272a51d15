import { Problems, quoted } from './problems';
import type { Cell, Series } from './series';
import { localTimes } from './wall-clock';
import { counted } from './words';

/** How a file writes its times. */
type Notation = 'epoch seconds' | 'epoch milliseconds' | 'with an offset' | 'without a zone';

/** Times of a column, and how their text was read. */
export interface ParsedTimes {
  /** Seconds since 1970-01-01 UTC, row by row. */
  readonly seconds: readonly number[];
  readonly notation: Notation;
  /** What is odd about them, without the file's name. */
  readonly notes: readonly string[];
}

const DIGITS = /^\d+(?:\.\d+)?$/;
/** Ten digits or more, as an epoch has since 2001; nine for the years from 1973 on. */
const EPOCH_LIKE = /^\d{9,19}(?:\.\d+)?$/;
const CIVIL =
  /^(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?\s?(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/i;
const DAY_FIRST_OR_LAST = /^\d{1,2}([./-])\d{1,2}\1\d{2,4}\b/;
const SHORTENED = /^\d(?:[.,]\d+)?e\+?\d+$/i;
const MINUTE_MS = 60_000;

/** The size of an epoch tells its unit. Below 1e8 (March 1973 in seconds) a number may be a date such as 20261001. */
const EPOCHS = [
  { below: 1e8, problem: 'is too small for an epoch; write it as seconds since 1970 or as 2026-10-01 00:00' },
  { below: 1e11, notation: 'epoch seconds', perSecond: 1 },
  { below: 1e14, notation: 'epoch milliseconds', perSecond: 1000 },
  {
    below: Number.POSITIVE_INFINITY,
    problem: 'is an epoch in microseconds or nanoseconds; export it in seconds or milliseconds',
  },
] as const;

/** A time of which only the zone may be missing, or why a cell is none. */
type Parsed = { readonly notation: Notation; readonly ms: number } | { readonly problem: string };

/** Whether a field of a CSV may be a time, for telling columns apart. */
export function looksLikeTime(field: string): boolean {
  return EPOCH_LIKE.test(field) || CIVIL.test(field) || DAY_FIRST_OR_LAST.test(field);
}

/**
 * @param timeZone IANA zone of times without an offset
 * @throws UsageError naming the rows whose time cannot be read, and what to do
 */
export function parseTimes({ times, placeOf }: Series, timeZone: string, file: string): ParsedTimes {
  const problems = new Problems(file);
  const parsed = times.map((cell, row) => {
    const time = parseTime(cell);
    if ('problem' in time) problems.add(placeOf(row), time.problem);
    return time;
  });
  problems.throwIfAny();
  const read = parsed as readonly Extract<Parsed, { ms: number }>[];
  const notation = read[0]?.notation ?? 'epoch seconds';
  read.forEach((time, row) => {
    if (time.notation === notation) return;
    problems.add(
      placeOf(row),
      `the time ${quoted(times[row])} is ${describe(time.notation)}, the first one is ${describe(notation)}; write all of them in the same way`,
    );
  });
  problems.throwIfAny();
  const ms = read.map((time) => time.ms);
  if (notation !== 'without a zone') return { seconds: ms.map((one) => one / 1000), notation, notes: [] };
  return { ...inZone(ms, { times, placeOf }, timeZone, file), notation };
}

function describe(notation: Notation): string {
  return notation.startsWith('epoch') ? `in ${notation}` : notation;
}

function parseTime(cell: Cell): Parsed {
  if (typeof cell === 'number' || (cell !== null && DIGITS.test(cell))) return parseEpoch(Number(cell), cell);
  const text = cell ?? '';
  const match = CIVIL.exec(text);
  if (match === null) return { problem: problemOf(text) };
  const [, year, , month, day, hour = '0', minute = '0', second = '0', fraction = '0', offset] = match;
  const fields = [year, Number(month) - 1, day, hour, minute, second].map(Number);
  const ms = Date.UTC(...(fields as [number, number, number, number, number, number]));
  const date = new Date(ms);
  const got = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCHours()];
  const exists =
    got.every((field, index) => field === fields[index]) && Number(minute) < 60 && Number(second) < 60;
  if (!exists) return { problem: `the time ${quoted(text)} does not exist in the calendar` };
  const withFraction = ms + Number(`0.${fraction}`) * 1000;
  if (offset === undefined) return { notation: 'without a zone', ms: withFraction };
  return { notation: 'with an offset', ms: withFraction - offsetMs(offset) };
}

function parseEpoch(value: number, cell: Cell): Parsed {
  const epoch = EPOCHS.find(({ below }) => value < below) ?? EPOCHS[3];
  if ('problem' in epoch) return { problem: `the time ${quoted(cell)} ${epoch.problem}` };
  return { notation: epoch.notation, ms: (value / epoch.perSecond) * 1000 };
}

function offsetMs(offset: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(offset) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
}

function problemOf(text: string): string {
  const shown = quoted(text);
  if (text === '') return 'the time is missing';
  if (SHORTENED.test(text)) return `the time ${shown} was shortened by a spreadsheet; export the file again`;
  if (DAY_FIRST_OR_LAST.test(text)) {
    return `the time ${shown} does not tell day and month apart; write it as 2026-10-01 00:00`;
  }
  return `${shown} is not a time; write it as 2026-10-01T00:00:00Z, 2026-10-01 00:00 or seconds since 1970`;
}

/** Local times as instants. @throws UsageError naming local times that clocks skip */
function inZone(
  ms: readonly number[],
  { times, placeOf }: Pick<Series, 'times' | 'placeOf'>,
  timeZone: string,
  file: string,
): Pick<ParsedTimes, 'seconds' | 'notes'> {
  const { instants, repeated } = localTimes(ms, timeZone);
  const problems = new Problems(file);
  instants.forEach((instant, row) => {
    if (!Number.isNaN(instant)) return;
    problems.add(
      placeOf(row),
      `the time ${quoted(times[row])} does not exist in ${timeZone}, where clocks skip it; is --time-zone right?`,
    );
  });
  problems.throwIfAny();
  const notes =
    repeated === 0
      ? []
      : [
          `${counted(repeated, 'time')} that ${timeZone} has twice, when clocks go back; the order of the rows tells which one is meant`,
        ];
  return { seconds: instants.map((instant) => instant / 1000), notes };
}
