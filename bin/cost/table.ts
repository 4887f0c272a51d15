import { textTable } from '../cli/text-table';

/** Cells that begin like a number, or say that there is none. */
const NUMBER = /^(-?[\d,.]+[+ ]?|no price|none)$/;

/** A table as indented lines; columns of numbers are aligned to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const isNumeric = (column: number) => rows.every((row) => NUMBER.test(row[column] ?? ''));
  return textTable([header, ...rows], isNumeric).map((line) => `  ${line}`);
}
