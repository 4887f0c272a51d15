import { UsageError } from '../../cli/command';
import type { Table } from '../series';
import { readMetricData, readMetricStatistics } from './cloudwatch-json';
import { parseJson } from './json';
import { readMatrix, readQueryRange } from './prometheus-json';
import { readCsv } from './read-csv';

/** The table of a file in any of the formats; which one it is, its content tells, not its name. */
export function readTable(text: string, file: string): Table {
  if (text.trim() === '') throw new UsageError(`${file} is empty`);
  return /^\s*[{[]/.test(text) ? readJson(parseJson(text, file), file) : readCsv(text, file);
}

function readJson(content: unknown, file: string): Table {
  if (Array.isArray(content)) {
    if (isObject(content[0]) && 'metric' in content[0]) return readMatrix(content, file, '');
  } else if (isObject(content)) {
    if ('MetricDataResults' in content) return readMetricData(content, file);
    if ('Datapoints' in content) return readMetricStatistics(content, file);
    if ('status' in content) return readQueryRange(content, file);
  }
  throw new UsageError(
    `${file} is JSON, but no answer of CloudWatch's get-metric-data or get-metric-statistics or of Prometheus' query_range; convert it to a CSV of timestamp,value`,
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
