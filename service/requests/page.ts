/** Number of all rows that a question matches. */
export interface Total {
  /** Rows; at least this many where `exact` is false. */
  readonly count: number;
  /** Whether `count` is exact; counting ends at a bound. */
  readonly exact: boolean;
}

/** A page of a list. */
export interface Page<Row> {
  readonly data: readonly Row[];
  /** Cursor of the next page; null on the last page. */
  readonly next_cursor: string | null;
  readonly total: Total;
  /** Limits that shaped this answer, a sentence each. */
  readonly limits: readonly string[];
}
