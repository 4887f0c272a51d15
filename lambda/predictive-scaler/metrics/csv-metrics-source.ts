import { readFile } from 'node:fs/promises';
import type { LoadSample } from '../types';
import { type LoadQuery, MetricsFailure, type MetricsSource } from './metrics-source';

/** Loads from files, for runs on a laptop. */
export class CsvMetricsSource implements MetricsSource {
  /**
   * @param files path of a workload's file by its name: rows of `timestamp,value` with a value a step, in the unit of
   *   the query's metric; timestamps in ISO 8601 (UTC unless they have an offset) or seconds since 1970; a header is
   *   allowed, and an empty value is an unknown load
   */
  constructor(private readonly files: Readonly<Record<string, string>>) {}

  async measure(
    queries: readonly LoadQuery[],
  ): Promise<ReadonlyMap<string, readonly LoadSample[] | MetricsFailure>> {
    const loads = queries.map(async (query) => [query.name, await this.loadOf(query)] as const);
    return new Map(await Promise.all(loads));
  }

  private async loadOf(query: LoadQuery): Promise<LoadSample[] | MetricsFailure> {
    const path = this.files[query.name];
    if (path === undefined)
      return new MetricsFailure('not-found', `there is no file for workload '${query.name}'`);
    try {
      return samplesOf(parseRows(await readFile(path, 'utf8')), query);
    } catch (cause) {
      const kind = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'not-found' : 'malformed-answer';
      return new MetricsFailure(kind, `${path}: ${(cause as Error).message}`, { cause });
    }
  }
}

interface Row {
  readonly minute: number;
  readonly value: number;
}

/** Files do not grow any more: only a step that is not over at `untilMinute` is left out. Of two rows the last counts. */
function samplesOf(
  rows: readonly Row[],
  { load, stepMinutes, fromMinute, untilMinute }: LoadQuery,
): LoadSample[] {
  const byStep = new Map(
    rows.map(({ minute, value }) => [Math.floor(minute / stepMinutes) * stepMinutes, value]),
  );
  return [...byStep]
    .map(([minute, value]) => ({ minute, load: value * load.scale }))
    .filter(
      ({ minute, load: scaled }) =>
        scaled >= 0 && minute >= fromMinute && minute + stepMinutes <= untilMinute,
    )
    .sort((one, other) => one.minute - other.minute);
}

function parseRows(text: string): Row[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const fields = line.split(',').map((field) => field.trim());
    const [timestamp = '', value = ''] = fields;
    if (line.trim() === '' || (index === 0 && /^[a-z_]+$/i.test(timestamp))) return [];
    const minute = minuteOf(timestamp);
    const number = value === '' ? Number.NaN : Number(value);
    if (Number.isNaN(minute) || (value !== '' && !Number.isFinite(number)) || fields.length !== 2) {
      throw new SyntaxError(`line ${index + 1}: a row must be timestamp,value, got '${line.slice(0, 60)}'`);
    }
    return [{ minute, value: number }];
  });
}

/** NaN: not a timestamp. */
function minuteOf(timestamp: string): number {
  if (/^\d{1,10}(\.\d+)?$/.test(timestamp)) return Number(timestamp) / 60;
  const [, date, time = 'T00:00', offset = 'Z'] =
    /^(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?$/.exec(timestamp) ?? [];
  return Date.parse(`${date}${time.replace(' ', 'T')}${offset}`) / 60_000;
}
