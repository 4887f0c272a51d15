import { z } from 'zod';
import { UsageError } from '../../cli/command';
import type { Table } from '../series';
import { parseAs } from './json';

const Matrix = z.array(
  z.object({
    metric: z.record(z.string(), z.string()),
    values: z.array(z.tuple([z.number(), z.string()])).optional(),
  }),
);

const Answer = z.object({
  status: z.string(),
  error: z.string().optional(),
  errorType: z.string().optional(),
  warnings: z.array(z.string()).optional(),
  data: z.object({ resultType: z.string(), result: z.unknown() }).optional(),
});

const QUERY_RANGE = 'the answer of query_range';

/** The answer of Prometheus' `/api/v1/query_range`. @throws UsageError on an error of Prometheus, or another kind of query */
export function readQueryRange(content: unknown, file: string): Table {
  const { status, error, errorType, warnings = [], data } = parseAs(Answer, content, QUERY_RANGE, file);
  if (status !== 'success' || data === undefined) {
    throw new UsageError(
      `${file}: Prometheus answered with an error: ${errorType ?? status}: ${error ?? 'no data'}`,
    );
  }
  if (data.resultType !== 'matrix') {
    throw new UsageError(
      `${file}: resultType must be matrix, got ${data.resultType}; ask /api/v1/query_range with start, end and step`,
    );
  }
  return readMatrix(data.result, file, 'data.result', warnings);
}

/**
 * The series of a range query, as `promtool query range -o json` prints them too.
 * @param path of the series in the file
 */
export function readMatrix(
  content: unknown,
  file: string,
  path: string,
  notes: readonly string[] = [],
): Table {
  const result = parseAs(Matrix, content, QUERY_RANGE, file);
  if (!result.some(({ values = [] }) => values.length > 0)) {
    throw new UsageError(
      `${file} has no values; check the query and its times (native histograms are not read)`,
    );
  }
  return {
    format: 'Prometheus query_range JSON',
    noun: { one: 'series', many: 'series' },
    alternative: 'sum them in the query',
    series: result.map(({ metric, values = [] }, index) => ({
      number: index + 1,
      name: nameOf(metric),
      aliases: [],
      times: values.map(([seconds]) => seconds),
      values: values.map(([, value]) => value),
      decimalComma: false,
      placeOf: (row) => `: ${path}[${index}].values[${row}]`,
    })),
    otherColumns: [],
    notes: notes.map((note) => `Prometheus says ${note}`),
  };
}

/** As PromQL writes it, e.g. `http_requests_total{job="api"}`; `{}` for a sum over all. */
function nameOf({ __name__: name = '', ...labels }: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length === 0 && name !== '' ? name : `${name}{${pairs.join(',')}}`;
}
