import type { TimelineRow } from './timeline';

/** How long times have to stay good until a platform counts as recovered, seconds. */
export const STAYS_SECONDS = 5;

/** A stretch of the run at the new load, seconds from the start of the run. */
export interface Peak {
  readonly atSecond: number;
  readonly seconds: number;
}

/**
 * Seconds from the beginning of a peak until the 99th percentile of each row of the timeline is below a limit and stays
 * there for 5 s, all of it within the peak. A row without an answer, such as one in which everything is refused, is not
 * good. It is as exact as the rows are long: a second, unless the run is longer than ten minutes.
 * @param limitMs of the API's answers, without refusals
 * @returns `never` where it did not recover; null where the peak was too short to tell
 */
export function recoverySeconds(
  rows: readonly TimelineRow[],
  peak: Peak,
  limitMs: number,
): number | 'never' | null {
  const end = peak.atSecond + peak.seconds;
  const within = rows.filter(({ atSecond, seconds }) => atSecond + seconds > peak.atSecond && atSecond < end);
  let since: number | null = null;
  let isLongEnough = false;
  for (const { atSecond, seconds, api } of within) {
    const until = Math.min(end, atSecond + seconds);
    isLongEnough ||= until - peak.atSecond >= STAYS_SECONDS;
    const isGood = api !== null && api.p99 < limitMs;
    since = isGood ? (since ?? Math.max(peak.atSecond, atSecond)) : null;
    if (since !== null && until - since >= STAYS_SECONDS) return since - peak.atSecond;
  }
  return isLongEnough ? 'never' : null;
}
