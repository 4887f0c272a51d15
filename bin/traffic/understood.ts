/** How a file of traffic was understood. */
export interface Understood {
  /** As the command was given it. */
  readonly file: string;
  /** In words, e.g. `CloudWatch console CSV`. */
  readonly format: string;
  /** Of the loads: number counted from 1, and the name in the file's header. */
  readonly column: { readonly number: number; readonly name: string };
  /** In words, e.g. `epoch seconds`. */
  readonly times: string;
  /** Zone in which times without an offset were read; absent where times say it themselves. */
  readonly timeZone?: string;
  /** Width of a sample, minutes. */
  readonly stepMinutes: number;
  /** Start of the first sample, minutes since 1970-01-01 UTC. */
  readonly firstMinute: number;
  /** End of the last sample, minutes since 1970-01-01 UTC. */
  readonly endMinute: number;
  /** Rows with a time. */
  readonly rows: number;
  /** Steps without a load between the first and the last: how many stretches of them, and how long these are in all. */
  readonly gaps: { readonly count: number; readonly minutes: number };
}

/** One line, e.g. `traffic.csv: CSV, column 2 "value", … step 1 min, … no gaps`. */
export function describeUnderstood(understood: Understood): string {
  const { file, format, column, stepMinutes } = understood;
  return `${file}: ${format}, column ${column.number} "${column.name}", step ${stepMinutes} min`;
}
