import { CsvError, parse } from 'csv-parse/sync';
import { BILLED_UNITS } from '../usage/units';
import type { ImportedPrices } from './import-result';
import { parseUsd } from './money';
import { type PriceRow, SINCE_EVER, STANDARD_TIER } from './price-row';

/** Columns that a file must have. */
const REQUIRED = ['provider', 'model', 'unit', 'usd_per_million'] as const;

/** Columns that a file may have. */
const OPTIONAL = [
  'service_tier',
  'region',
  'above_input_tokens',
  'valid_from',
  'valid_until',
  'project_id',
] as const;

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** A day, or a time with its zone. */
const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** Largest price of a million units, exclusive; the database's own limit. */
const MAX_USD_PER_MILLION = parseUsd('1e12') as bigint;

/**
 * People's own prices from a CSV file, one price a line:
 *
 *     provider,model,unit,usd_per_million,service_tier,region,above_input_tokens,valid_from,valid_until,project_id
 *     openai,gpt-4o,input,2.1,,,,2026-01-01,,
 *
 * `usd_per_million` is the price of a million units, whatever the unit; it is read as an exact decimal. Columns after it
 * may be missing or empty: standard tier, all regions, any length, all times, all projects.
 */
export function readPriceCsv(text: string): ImportedPrices {
  const problems: string[] = [];
  const lines = parseLines(text, problems);
  const [header = [], ...rest] = lines;
  const columns = header.map((name) => name.trim().toLowerCase());
  for (const name of REQUIRED) {
    if (!columns.includes(name)) problems.push(`column ${name} is missing; the first line names the columns`);
  }
  const known: readonly string[] = [...REQUIRED, ...OPTIONAL];
  for (const name of columns.filter((column) => !known.includes(column))) {
    problems.push(`column '${name}' is unknown; the columns are ${known.join(', ')}`);
  }
  if (problems.length > 0) return { rows: [], problems, ignored: [] };
  const rows = rest.flatMap((fields, index) => {
    const values = Object.fromEntries(columns.map((name, at) => [name, (fields[at] ?? '').trim()]));
    const found = problemsOf(values).map((problem) => `line ${index + 2}: ${problem}`);
    problems.push(...found);
    return found.length > 0 ? [] : [rowOf(values)];
  });
  return { rows, problems, ignored: [] };
}

function parseLines(text: string, problems: string[]): string[][] {
  try {
    return parse(text, { bom: true, skip_empty_lines: true, relax_column_count: true });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    problems.push(`the file is no CSV: ${error.message}`);
    return [];
  }
}

type Values = Readonly<Record<string, string>>;

/** What is wrong with a line, each with the column, the value and the remedy. */
function problemsOf(values: Values): string[] {
  const value = (name: string) => values[name] ?? '';
  const price = parseUsd(value('usd_per_million'));
  const above = value('above_input_tokens');
  const checks: readonly [name: string, isRight: boolean, rule: string][] = [
    ['provider', value('provider') !== '', 'not be empty'],
    ['model', value('model') !== '', 'not be empty'],
    ['unit', BILLED_UNITS.includes(value('unit')), `be one of ${BILLED_UNITS.join(', ')}`],
    [
      'usd_per_million',
      price !== undefined && price >= 0n && price < MAX_USD_PER_MILLION,
      'be a decimal number of at least 0 with at most 12 decimals, such as 2.50',
    ],
    ['above_input_tokens', /^\d{0,9}$/.test(above), 'be a whole number between 0 and 999999999'],
    ['valid_from', isTime(value('valid_from')), 'be a day or a time with its zone, such as 2026-01-31'],
    ['valid_until', isTime(value('valid_until')), 'be a day or a time with its zone, such as 2026-01-31'],
    ['project_id', value('project_id') === '' || UUID.test(value('project_id')), 'be the id of a project'],
  ];
  const wrong = checks.flatMap(([name, isRight, rule]) =>
    isRight ? [] : [`${name} must ${rule}, got '${value(name)}'`],
  );
  const { validFrom, validUntil } = timesOf(values);
  if (wrong.length === 0 && validUntil !== null && validUntil <= validFrom) {
    wrong.push(`valid_until must be after valid_from, got '${value('valid_until')}'`);
  }
  return wrong;
}

function isTime(text: string): boolean {
  return text === '' || (TIME.test(text) && !Number.isNaN(Date.parse(text)));
}

function timesOf(values: Values): { readonly validFrom: Date; readonly validUntil: Date | null } {
  const time = (text: string | undefined) => (text ? new Date(text) : null);
  return { validFrom: time(values['valid_from']) ?? SINCE_EVER, validUntil: time(values['valid_until']) };
}

function rowOf(values: Values): PriceRow {
  return {
    provider: (values['provider'] ?? '').toLowerCase(),
    model: (values['model'] ?? '').toLowerCase(),
    unit: values['unit'] ?? '',
    serviceTier: values['service_tier']?.toLowerCase() || STANDARD_TIER,
    region: values['region'] ?? '',
    aboveInputTokens: Number(values['above_input_tokens'] || 0),
    usdPerMillion: parseUsd(values['usd_per_million'] ?? '') ?? 0n,
    ...timesOf(values),
    daily: null,
    source: 'csv',
    projectId: values['project_id']?.toLowerCase() || null,
  };
}
