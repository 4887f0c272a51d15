/** How a file of traffic was understood. */
export interface Understood {
  /** As the command was given it. */
  readonly file: string;
  /** In words, e.g. `CloudWatch console CSV`. */
  readonly format: string;
  /** Of the loads: what it is called in this format, e.g. `column`, its number counted from 1, its name in the file. */
  readonly column: { readonly kind: string; readonly number: number; readonly name: string };
  /** How the loads follow from the values: as they are, as counts divided by a step's seconds, or as a counter's rate. */
  readonly values: 'loads' | 'counts per second' | 'counter as rate per second';
  /** Whether the values have decimal commas. */
  readonly decimalCommas: boolean;
  /** CloudWatch's statistic, where the file names it. */
  readonly statistic?: string;
  /** How the file writes its times. */
  readonly times: 'epoch seconds' | 'epoch milliseconds' | 'with an offset' | 'without a zone';
  /** Zone in which times without one were read; absent where times say it themselves. */
  readonly timeZone?: string;
  /** Between two rows of the file, seconds. */
  readonly fileStepSeconds: number;
  /** Width of a sample, minutes. */
  readonly stepMinutes: number;
  /** Start of the first and of the last sample, minutes since 1970-01-01 UTC. */
  readonly firstMinute: number;
  readonly lastMinute: number;
  /** Rows with a time. */
  readonly rows: number;
  /** Rows with an earlier time than the row before them. */
  readonly unordered: number;
  /** Rows whose time another row has too; the last one counts. */
  readonly duplicates: number;
  /** Rows whose value is empty, NaN, null or negative. */
  readonly withoutValue: number;
  /** Steps without a load between the first and the last: stretches of them, and minutes in all. */
  readonly gaps: { readonly count: number; readonly minutes: number };
}

const DAY_MINUTES = 1440;

/**
 * One line, e.g. `traffic.csv: CSV, column 2 "value", times with an offset, step 1 min, 2026-10-01 00:00 to
 * 2026-10-15 23:59 UTC (15.0 days), no gaps`.
 */
export function describeUnderstood(understood: Understood): string {
  const { file, format, column, values, decimalCommas, stepMinutes } = understood;
  const parts = [
    format,
    `${column.kind} ${column.number} ${JSON.stringify(column.name)}`,
    ...(values === 'loads'
      ? []
      : [
          values === 'counts per second'
            ? 'counts divided by the step (--per-second)'
            : 'a counter, read as its rate per second (--counter)',
        ]),
    ...(decimalCommas ? ['decimal commas'] : []),
    describeTimes(understood),
    `step ${stepMinutes} min`,
    describeSpan(understood),
    describeGaps(understood),
  ];
  return `${file}: ${parts.join(', ')}`;
}

function describeTimes({ times, timeZone }: Understood): string {
  if (timeZone !== undefined) return `times without a zone read as ${timeZone} (--time-zone)`;
  return times.startsWith('epoch') ? `times in ${times}` : `times ${times}`;
}

function describeSpan({ firstMinute, lastMinute, stepMinutes }: Understood): string {
  const days = (lastMinute + stepMinutes - firstMinute) / DAY_MINUTES;
  return `${minuteText(firstMinute)} to ${minuteText(lastMinute)} UTC (${days.toFixed(1)} days)`;
}

function minuteText(minute: number): string {
  return new Date(minute * 60_000).toISOString().slice(0, 16).replace('T', ' ');
}

function describeGaps({ gaps: { count, minutes } }: Understood): string {
  if (count === 0) return 'no gaps';
  return count === 1 ? `1 gap of ${minutes} min` : `${count} gaps of ${minutes} min in all`;
}
