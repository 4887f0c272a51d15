import { Problems, quoted } from './problems';
import type { Cell, Series } from './series';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const WITH_THOUSANDS = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;
const WITH_DECIMAL_COMMA = /^[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?(?:e[+-]?\d+)?$/i;
/** With points that can only be thousands separators: two of them, or one in front of a decimal comma. */
const POINTS_AS_THOUSANDS = /^[+-]?\d{1,3}(?:\.\d{3}){2,}$/;
const ONE_POINT_THREE_DIGITS = /^[+-]?[1-9]\d{0,2}\.\d{3}$/;
const WITH_UNIT = /^[+-]?[\d.,]+\s*[^\d\s.,]/;
const INFINITE = /^[+-]?inf(?:inity)?$/i;
const GAP = /^(?:nan|null)?$/i;

/** Values of a column, and how their text was read. */
export interface ParsedValues {
  /** NaN where a row has no value. */
  readonly values: readonly number[];
  /** Whether the column has decimal commas. */
  readonly decimalCommas: boolean;
}

/** Whether a field of a CSV is a number in any of the accepted notations. */
export function looksLikeNumber(field: string): boolean {
  return NUMBER.test(field) || WITH_THOUSANDS.test(field) || WITH_DECIMAL_COMMA.test(field);
}

/** @throws UsageError naming the rows whose value is no number, and what to do */
export function parseValues({ values, decimalComma, placeOf }: Series, file: string): ParsedValues {
  const problems = new Problems(file);
  const decimalCommas = decimalComma && values.some((cell) => hasDecimalComma(cell));
  if (decimalComma && !decimalCommas) refuseAmbiguousPoints(values, placeOf, problems);
  const numbers = values.map((cell, row) => {
    if (isGap(cell)) return Number.NaN;
    const value = typeof cell === 'number' ? cell : parseNumber(cell as string, decimalCommas);
    if (value === undefined || !Number.isFinite(value)) {
      problems.add(placeOf(row), problemOf(cell as string, decimalCommas));
    }
    return value ?? Number.NaN;
  });
  problems.throwIfAny();
  return { values: numbers, decimalCommas };
}

function isGap(cell: Cell): boolean {
  return cell === null || (typeof cell === 'string' && GAP.test(cell));
}

function hasDecimalComma(cell: Cell): boolean {
  return typeof cell === 'string' && (cell.includes(',') || POINTS_AS_THOUSANDS.test(cell));
}

function parseNumber(text: string, decimalCommas: boolean): number | undefined {
  if (decimalCommas) {
    return WITH_DECIMAL_COMMA.test(text) ? Number(text.replaceAll('.', '').replace(',', '.')) : undefined;
  }
  if (NUMBER.test(text)) return Number(text);
  return WITH_THOUSANDS.test(text) ? Number(text.replaceAll(',', '')) : undefined;
}

function problemOf(text: string, decimalCommas: boolean): string {
  const shown = quoted(text);
  if (INFINITE.test(text))
    return `${shown} is not finite; avoid the division by zero in the query, or leave the value empty`;
  if (decimalCommas)
    return `${shown} is not a number with a decimal comma, as others of the column are, e.g. 1.234,5`;
  if (WITH_DECIMAL_COMMA.test(text))
    return `${shown} has a decimal comma, which is read only in files with ; between the fields`;
  if (WITH_UNIT.test(text))
    return `${shown} has a unit; export plain numbers (in Grafana: Formatted data off)`;
  return `${shown} is not a number; correct it, or leave it empty for an unknown load`;
}

/** In a file with `;`, values such as 1.234 may be 1.234 or 1234; a column that has nothing else does not tell. */
function refuseAmbiguousPoints(
  values: readonly Cell[],
  placeOf: (row: number) => string,
  problems: Problems,
): void {
  const withPoint = values.flatMap((cell, row) =>
    typeof cell === 'string' && cell.includes('.') ? [{ cell, row }] : [],
  );
  const [first] = withPoint;
  if (first === undefined || !withPoint.every(({ cell }) => ONE_POINT_THREE_DIGITS.test(cell))) return;
  problems.add(
    placeOf(first.row),
    `${quoted(first.cell)} may have a decimal point or a thousands separator; export numbers without thousands separators, with , between the fields`,
  );
}
