import { CsvError, parse } from 'csv-parse/sync';
import { UsageError } from '../../cli/command';
import { Problems } from '../problems';
import type { Series, Table } from '../series';
import { counted } from '../words';
import { findDelimiter } from './csv-delimiter';
import { type CsvLayout, type CsvRow, isNumericColumn, layOut } from './csv-layout';

/** Any CSV: `timestamp,value`, Grafana's, CloudWatch console's. @throws UsageError naming the line */
export function readCsv(content: string, file: string): Table {
  const { delimiter, text } = findDelimiter(content);
  const layout = layOut(parseRows(text, delimiter, file));
  if (layout.data.length === 0)
    throw new UsageError(`${file} has no row with a time and a value; export it again, with data`);
  checkWidths(layout, delimiter, file);
  const columns = Array.from({ length: layout.width }, (_, column) => column).filter(
    (column) => column !== layout.timeColumn,
  );
  const numeric = columns.filter((column) => columns.length === 1 || isNumericColumn(layout.data, column));
  const times = layout.data.map(({ fields }) => fields[layout.timeColumn] ?? null);
  return {
    format: formatOf(layout),
    noun: { one: 'column', many: 'columns of numbers' },
    series: numeric.map((column) => seriesOf(layout, column, times, delimiter === ';')),
    otherColumns: columns
      .filter((column) => !numeric.includes(column))
      .map((column) => nameOf(layout, column)),
    notes: notesOf(layout),
  };
}

function parseRows(text: string, delimiter: string, file: string): CsvRow[] {
  try {
    return numbered(parse(text, { delimiter, trim: true, relax_column_count: true }));
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const line = (cause as CsvError & { readonly lines?: number }).lines;
    throw new UsageError(
      `${file}${line === undefined ? '' : `:${line}`}: the quotes of a field are not closed or stand within it; quote a field as "…" and a quote in it as ""`,
      { cause },
    );
  }
}

/** Rows with their lines, without those of empty fields. The parser's own line numbers take twice the time. */
function numbered(records: readonly (readonly string[])[]): CsvRow[] {
  let line = 0;
  return records.flatMap((fields) => {
    line += 1;
    for (const field of fields) if (field.includes('\n')) line += field.split('\n').length - 1;
    return fields.every((field) => field === '') ? [] : [{ fields, line }];
  });
}

/** Trailing empty fields are allowed. @throws UsageError naming lines with too few or too many fields */
function checkWidths({ data, width }: CsvLayout, delimiter: string, file: string): void {
  const problems = new Problems(file);
  for (const { fields, line } of data) {
    const got = counted(fields.length, 'field');
    if (width < 2) {
      problems.add(
        `:${line}`,
        `a row needs a time and a value with a comma, semicolon or tab between them, got ${got}`,
      );
    } else if (fields.length < width || fields.slice(width).some((field) => field !== '')) {
      const remedy =
        delimiter === ',' && fields.length > width ? '; put numbers such as 1,234 in quotes' : '';
      problems.add(`:${line}`, `a row must have ${width} fields as the first row has, got ${got}${remedy}`);
    }
  }
  problems.throwIfAny();
}

function formatOf({ labels, header, timeColumn }: CsvLayout): string {
  if (labels.has('label') || labels.has('full label')) return 'CloudWatch console CSV';
  return header[timeColumn] === 'Time' ? 'Grafana CSV' : 'CSV';
}

function seriesOf(
  layout: CsvLayout,
  column: number,
  times: readonly (string | null)[],
  decimalComma: boolean,
): Series {
  const { data, header, labels } = layout;
  const label = (...names: string[]) => names.map((name) => labels.get(name)?.[column]).find(Boolean);
  const period = Number(label('period'));
  const name = nameOf(layout, column);
  return {
    number: column + 1,
    name,
    aliases: [
      label('full label'),
      label('id'),
      header[column],
      name.replace(/\s*[({[][^)}\]]*[)}\]]$/, ''),
    ].filter((alias): alias is string => alias !== undefined && alias !== ''),
    times,
    values: data.map(({ fields }) => fields[column] ?? null),
    decimalComma,
    statistic: label('statistic', 'stat'),
    periodSeconds: period > 0 ? period : undefined,
    placeOf: (row) => `:${data[row]?.line}`,
  };
}

function nameOf({ header, labels }: CsvLayout, column: number): string {
  const names = [labels.get('label'), labels.get('full label'), labels.get('metric name'), header];
  return names.map((row) => row?.[column]).find(Boolean) ?? `column ${column + 1}`;
}

function notesOf({ skippedRows }: CsvLayout): string[] {
  if (skippedRows === 0) return [];
  return [`${counted(skippedRows, 'line')} before the header skipped`];
}
