import type { RequestFilters } from './history-query';

type Period = Pick<RequestFilters, 'from' | 'to'>;

/** Time before a page's newest possible row in which its rows usually are, ms: a week. */
const RECENT_MS = 7 * 86_400_000;

/**
 * Splits a list's period into what is read first, newest first, and the rest. PostgreSQL plans a statement for each
 * partition that its times allow; planning all months of the retention takes longer than reading a page. The first
 * window begins with the month of a week ago: one or two partitions, and those of later times if the list may have them.
 * No time is in both windows, and none in neither: the clock decides only about speed.
 * @param newest time of the newest row that is expected: now, or the cursor's
 */
export function timeWindows({ from, to }: Period, newest: Date): Period[] {
  const reference = new Date(
    Math.min(newest.getTime(), to?.getTime() ?? Number.POSITIVE_INFINITY) - RECENT_MS,
  );
  const start = new Date(Date.UTC(reference.getUTCFullYear(), reference.getUTCMonth()));
  // No request is older than 1970, and PostgreSQL reads no year 0.
  if (start.getTime() <= (from?.getTime() ?? 0)) return [{ from, to }];
  return [
    { from: start, to },
    { from, to: start },
  ];
}
