import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { LoadSample } from '../../lambda/predictive-scaler/types';
import { UsageError } from '../cli/command';

/** Steps that the model knows, minutes. */
const STEPS_MINUTES = [1, 5, 10, 30, 60];

/** What was found in a CSV of traffic. */
export interface Traffic {
  /** Sorted by time, one for each step, in the file's unit. */
  readonly samples: readonly LoadSample[];
  readonly stepMinutes: number;
  readonly notes: TrafficNotes;
}

/** What is odd about a file, yet can be dealt with. */
export interface TrafficNotes {
  readonly rows: number;
  /** Rows that stand before an earlier one. */
  readonly unordered: number;
  /** Rows for a step that another row has too; the last one counts. */
  readonly duplicates: number;
  /** Steps between the first and the last for which there is no row. */
  readonly missingSteps: number;
  /** Rows whose value is empty, NaN or negative; they count as gaps. */
  readonly withoutValue: number;
}

interface Row {
  readonly seconds: number;
  readonly value: number;
}

/** ISO 8601; without an offset it is UTC. */
const ISO_8601 = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(?:\.\d+)?)?\s?(Z|[+-]\d{2}:?\d{2})?$/;
const EPOCH_SECONDS = /^\d{1,10}(?:\.\d+)?$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Reads a CSV of `timestamp,value`; gzip too.
 * @param stepMinutes width of a sample, minutes. @default the most common difference
 * @throws UsageError that names the line and the reason
 */
export function readTraffic(path: string, stepMinutes?: number): Traffic {
  const rows = parseRows(readText(path), path);
  if (rows.length < 2) throw new UsageError(`${path}: at least two rows of timestamp,value are needed`);
  const seconds = rows.map((row) => row.seconds);
  const step = stepMinutes ?? commonStep(seconds, path);
  const byStep = new Map(rows.map((row) => [Math.floor(row.seconds / 60 / step) * step, row.value]));
  const samples = [...byStep].map(([minute, load]) => ({ minute, load })).sort((a, b) => a.minute - b.minute);
  const span = ((samples.at(-1) as LoadSample).minute - (samples[0] as LoadSample).minute) / step + 1;
  return {
    samples,
    stepMinutes: step,
    notes: {
      rows: rows.length,
      unordered: seconds.filter((now, index) => now < (seconds[index - 1] ?? now)).length,
      duplicates: rows.length - samples.length,
      missingSteps: span - samples.length,
      withoutValue: rows.filter(({ value }) => !(value >= 0)).length,
    },
  };
}

function readText(path: string): string {
  try {
    const bytes = readFileSync(path);
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new UsageError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'no gzip'})`, {
      cause: error,
    });
  }
}

function parseRows(text: string, path: string): Row[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '' || (index === 0 && isHeader(line))) return [];
    try {
      return [parseRow(line)];
    } catch (error) {
      throw new UsageError(`${path}:${index + 1}: ${(error as Error).message}`, { cause: error });
    }
  });
}

/** Names in both columns; a first row with a number is one of data, be its timestamp what it may. */
function isHeader(line: string): boolean {
  const [timestamp = '', value = ''] = line.split(',').map((field) => field.trim().replaceAll('"', ''));
  return /^[a-z_]/i.test(timestamp) && /^[a-z_]/i.test(value);
}

function parseRow(line: string): Row {
  const fields = line.split(',').map((field) => field.trim().replace(/^"(.*)"$/, '$1'));
  const [timestamp, value] = fields;
  if (fields.length !== 2 || timestamp === undefined || value === undefined) {
    throw new Error(
      `a row must be timestamp,value, got ${fields.length} field${fields.length === 1 ? '' : 's'}`,
    );
  }
  return { seconds: parseTimestamp(timestamp), value: parseValue(value) };
}

function parseTimestamp(text: string): number {
  if (EPOCH_SECONDS.test(text)) return Number(text);
  if (/^\d{13}$/.test(text)) throw new Error(`timestamp must be in seconds, got milliseconds: ${text}`);
  const [, date, time = '00:00', seconds = ':00', offset = 'Z'] = ISO_8601.exec(text) ?? [];
  const parsed = Date.parse(`${date}T${time}${seconds}${offset.replace(/^(...)(\d\d)$/, '$1:$2')}`);
  const isDate = new Date(Date.parse(`${date}T00:00:00Z`) || 0).toISOString().startsWith(String(date));
  if (Number.isNaN(parsed) || !isDate) {
    throw new Error(`timestamp must be ISO 8601 or seconds since 1970, got ${quoted(text)}`);
  }
  return parsed / 1000;
}

/** NaN for a gap. */
function parseValue(text: string): number {
  if (text === '' || text.toLowerCase() === 'nan') return Number.NaN;
  const value = NUMBER.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
  if (!Number.isFinite(value)) throw new Error(`value must be a number, got ${quoted(text)}`);
  return value;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

/** The most common difference between two timestamps, minutes; the smaller one where two are as common. */
function commonStep(seconds: readonly number[], path: string): number {
  const sorted = [...new Set(seconds)].sort((a, b) => a - b);
  const counts = new Map<number, number>();
  for (let index = 1; index < sorted.length; index += 1) {
    const difference = (sorted[index] as number) - (sorted[index - 1] as number);
    counts.set(difference, (counts.get(difference) ?? 0) + 1);
  }
  const [common = 0] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0] ?? [];
  if (!STEPS_MINUTES.includes(common / 60)) {
    const known = `${STEPS_MINUTES.slice(0, -1).join(', ')} or ${STEPS_MINUTES.at(-1)} minutes`;
    throw new UsageError(`${path}: rows must be ${known} apart, got ${common} seconds between most of them`);
  }
  return common / 60;
}
