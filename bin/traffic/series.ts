/** A time or a value as the file has it: text of a CSV, text or number of a JSON, null where there is none. */
export type Cell = string | number | null;

/** A column of a CSV or a series of a JSON answer: values with their times, row by row, in the file's order. */
export interface Series {
  /** Of the column or series in the file, counted from 1. */
  readonly number: number;
  readonly name: string;
  /** Further names that `--column` may give it, e.g. the Id of a CloudWatch result. */
  readonly aliases: readonly string[];
  readonly times: readonly Cell[];
  /** As many as times. */
  readonly values: readonly Cell[];
  /** Whether a comma may be the decimal separator. */
  readonly decimalComma: boolean;
  /** CloudWatch's statistic, where the file names it, e.g. `Sum`. */
  readonly statistic?: string;
  /**
   * Whether the values may be counts of a step, because the format has statistics but does not name this one.
   * @default false
   */
  readonly mayBeCount?: boolean;
  /** CloudWatch's period, seconds, where the file names it. */
  readonly periodSeconds?: number;
  /** Where a row stands, to be put after the file's name: `:17`, or `: data.result[0].values[16]`. */
  readonly placeOf: (row: number) => string;
}

/** What an adapter found in a file, before any time or value is parsed. */
export interface Table {
  /** In words, e.g. `CloudWatch console CSV`. */
  readonly format: string;
  /** What a series and several of them are called in this format, e.g. `column` and `columns of numbers`. */
  readonly noun: { readonly one: string; readonly many: string };
  /**
   * What to do with several series instead of choosing one.
   * @default - nothing else
   */
  readonly alternative?: string;
  /** Candidates for the loads; at least one. */
  readonly series: readonly Series[];
  /** Names of columns that hold no numbers, apart from the times. */
  readonly otherColumns: readonly string[];
  /** What is odd about the file, without its name. */
  readonly notes: readonly string[];
}
