import { looksLikeTime } from '../parse-times';
import { looksLikeNumber } from '../parse-values';

/** A row of a CSV. */
export interface CsvRow {
  readonly fields: readonly string[];
  /** Counted from 1. */
  readonly line: number;
}

/** What stands where in a CSV. */
export interface CsvLayout {
  /** Rows before the data: CloudWatch's label rows by their name in lower case. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
  /** Names of the columns; empty where the file has no header. */
  readonly header: readonly string[];
  /** Rows before the header that are neither. */
  readonly skippedRows: number;
  readonly data: readonly CsvRow[];
  /** Index of the column of times. */
  readonly timeColumn: number;
  /** Fields of a row. */
  readonly width: number;
}

/** Names of the rows that CloudWatch's console writes before the data, one for each property of a metric. */
const LABEL_ROWS =
  /^(full label|label|account( id| label)?|region|namespace|metric( name)?|dimensions?|period|stat(istic)?|units?|y ?axis|id|expression|color)$/i;

/** Name of a column of times. */
const TIME_HEADER = /^(time|date|timestamp|datetime|ts)\b/i;

/** Rows from which the columns' roles are told. */
const SAMPLED_ROWS = 200;

/** Tells label rows, header and data apart, and finds the column of times. */
export function layOut(rows: readonly CsvRow[]): CsvLayout {
  const start = rows.findIndex(({ fields }) => !isBeforeData(fields));
  const before = rows.slice(0, start < 0 ? rows.length : start);
  const data = start < 0 ? [] : rows.slice(start);
  const labels = before.filter(({ fields }) => isLabelRow(fields));
  const others = before.filter(({ fields }) => !isLabelRow(fields));
  const header = others.at(-1)?.fields ?? [];
  return {
    labels: new Map(labels.map(({ fields }) => [String(fields[0]).toLowerCase(), fields])),
    header,
    skippedRows: Math.max(0, others.length - 1),
    data,
    timeColumn: timeColumnOf(data.slice(0, SAMPLED_ROWS)),
    width:
      Math.max(header.length, ...labels.map(({ fields }) => fields.length)) || (data[0]?.fields.length ?? 0),
  };
}

/** A row of names, or one of labels; a row with a number is one of data, even if its time cannot be read. */
function isBeforeData(fields: readonly string[]): boolean {
  if (isLabelRow(fields)) return true;
  if (fields.some((field) => looksLikeTime(field))) return false;
  return TIME_HEADER.test(fields[0] ?? '') || !fields.some((field) => looksLikeNumber(field));
}

function isLabelRow(fields: readonly string[]): boolean {
  return LABEL_ROWS.test(fields[0] ?? '');
}

/** The column with most times, the leftmost of several. */
function timeColumnOf(rows: readonly CsvRow[]): number {
  const counts: number[] = [];
  for (const { fields } of rows) {
    fields.forEach((field, column) => {
      counts[column] = (counts[column] ?? 0) + (looksLikeTime(field) ? 1 : 0);
    });
  }
  return Math.max(0, counts.indexOf(Math.max(...counts)));
}

/** Whether at least half of what stands in a column's first rows is a number; false where nothing stands there. */
export function isNumericColumn(data: readonly CsvRow[], column: number): boolean {
  const fields = data
    .slice(0, SAMPLED_ROWS)
    .map((row) => row.fields[column] ?? '')
    .filter((field) => field !== '');
  return fields.length > 0 && 2 * fields.filter(looksLikeNumber).length >= fields.length;
}
