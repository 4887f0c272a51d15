/** Cells that begin like a number, or say that there is none, stand on the right. */
const NUMBER = /^(-?[\d,.]+[+ ]?|no price|none)$/;

/** Columns as wide as their widest cell, two spaces between them, two before the first. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const isNumeric = header.map((_, column) => rows.every((row) => NUMBER.test(row[column] ?? '')));
  return all.map((row) =>
    `  ${row
      .map((cell, column) => {
        const width = widths[column] as number;
        return isNumeric[column] ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')}`.trimEnd(),
  );
}
