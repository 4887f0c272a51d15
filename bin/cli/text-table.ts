/** Rows of cells; the first row is the header. */
export type Table = readonly (readonly string[])[];

/**
 * A table as lines, its columns as wide as their widest cell and two spaces apart.
 * @param isRight whether a column, counted from 0, is aligned to the right. @default - all but the first
 */
export function textTable(table: Table, isRight = (column: number) => column > 0): string[] {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  const padded = (cell: string, column: number) => {
    const width = widths[column] ?? 0;
    return isRight(column) ? cell.padStart(width) : cell.padEnd(width);
  };
  return table.map((row) => row.map(padded).join('  ').trimEnd());
}
