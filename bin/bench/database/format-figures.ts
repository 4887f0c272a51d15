import { availableParallelism } from 'node:os';
import type { DatabaseFigures } from './measure-database';
import type { InsertRates } from './time-inserts';
import type { PageTimes, QueryTimes } from './time-queries';
import type { RefreshTimes } from './time-refresh';

/** The figures as text. */
export function formatFigures({ loads, rows, queries, pages, inserts, refresh }: DatabaseFigures): string {
  const averages = loads.map((load) => load.toFixed(1)).join(', ');
  return [
    `On ${count(rows)} requests; ${availableParallelism()} cores, load average before and after ${averages}`,
    ...queries.map(queryLine),
    'Pages of a history',
    pagesLine(pages),
    'Inserts, all indexes in place',
    insertsLine(inserts),
    'Refresh of the roll-up',
    refreshLine(refresh),
  ].join('\n');
}

function queryLine({ query, withoutIndexMs, withIndexMs }: QueryTimes): string {
  const times = `${ms(withoutIndexMs).padStart(12)} -> ${ms(withIndexMs).padStart(10)}`;
  return `  ${query.padEnd(52)} ${times}  (x${(withoutIndexMs / withIndexMs).toFixed(0)})`;
}

function pagesLine({ page, firstMs, keysetMs, offsetMs }: PageTimes): string {
  const byCursor = `${ms(keysetMs)} (x${(keysetMs / firstMs).toFixed(2)})`;
  const byOffset = `${ms(offsetMs)} (x${(offsetMs / firstMs).toFixed(0)})`;
  return `  page 1 ${ms(firstMs)}; page ${page} by cursor ${byCursor}, by OFFSET ${byOffset}`;
}

function insertsLine({ writers, batchRows, batchRowsPerSecond, singleRowsPerSecond }: InsertRates): string {
  const gain = (batchRowsPerSecond / singleRowsPerSecond).toFixed(0);
  const batches = `${writers} writers, batches of ${batchRows}: ${rate(batchRowsPerSecond)}`;
  return `  ${batches}; row by row: ${rate(singleRowsPerSecond)} (x${gain})`;
}

function refreshLine(times: RefreshTimes): string {
  const { refreshMs, rows, reads, readP50Ms, readP99Ms, readMaxMs, lockWaitMs } = times;
  const reader = `${reads} reads, p50 ${ms(readP50Ms)}, p99 ${ms(readP99Ms)}, max ${ms(readMaxMs)}`;
  return (
    `  ${(refreshMs / 1000).toFixed(1)} s for ${count(rows)} rows; a reader meanwhile: ${reader}; ` +
    `waited for a lock: ${ms(lockWaitMs)}`
  );
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}

function rate(value: number): string {
  return `${count(Math.round(value))} rows/s`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
