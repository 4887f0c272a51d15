/** A page of rows that are read in the order of a key. */
export interface RowPage<Row> {
  readonly rows: readonly Row[];
  /** Key of the last row, from which the next page goes on; null on the last page. */
  readonly nextCursor: string | null;
}

/** Cuts the row off that was read only to know whether there is a next page. @param rows at most limit + 1 */
export function pageOf<Row>(rows: readonly Row[], limit: number, key: (row: Row) => string): RowPage<Row> {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, nextCursor: rows.length > limit && last !== undefined ? key(last) : null };
}
