import type { LoadShape } from '../load-shape';
import type { RequestCost } from '../request-cost';

/** Months that the partitions function creates ahead (docs/database.md). */
const MONTHS_AHEAD = 3;

/** Time of a refresh of `user_cost_summary` for a million rows, seconds: the upper end in docs/database.md. */
const REFRESH_SECONDS = 4;

/** Longest refresh that an hourly schedule should have, seconds. */
const LONGEST_REFRESH = 60;

/** The function that refreshes has 13 minutes (docs/database.md). */
export const REFRESH_LIMIT_SECONDS = 780;

const GIBIBYTE = 1024 ** 3;

/** Monthly partitions of `llm_requests`. */
export interface Partitions {
  readonly rowsAMonth: number;
  /** GiB of a month, without prompts. */
  readonly gibAMonth: number;
  /** Months of the retention, the current one, and those ahead. */
  readonly count: number;
  /** Rows in the table at the end of the retention. */
  readonly rows: number;
  /** Time of a refresh of the summary by user over all of them, seconds. */
  readonly refreshSeconds: number;
  /** Hours between two refreshes: 1, or 24 where a refresh takes longer than a minute. */
  readonly refreshHours: number;
}

export function partitions(
  { perMonth }: Pick<LoadShape, 'perMonth'>,
  cost: RequestCost,
  retentionMonths: number,
): Partitions {
  const rows = perMonth * (retentionMonths + 1);
  const refreshSeconds = (rows / 1_000_000) * REFRESH_SECONDS;
  return {
    rowsAMonth: perMonth,
    gibAMonth: (perMonth * cost['row-bytes']) / GIBIBYTE,
    count: retentionMonths + 1 + MONTHS_AHEAD,
    rows,
    refreshSeconds,
    refreshHours: refreshSeconds > LONGEST_REFRESH ? 24 : 1,
  };
}
