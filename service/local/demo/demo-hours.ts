const HOUR_MS = 3_600_000;

/** Days of the demo. */
export const DEMO_DAYS = 30;

/** Requests on a day of the weekend, relative to another day. */
const WEEKEND_SHARE = 0.35;

/** Growth over the 30 days, relative to the begin. */
const GROWTH = 0.5;

/** Hours (UTC) with the least and the most requests. */
const QUIETEST_HOUR = 3;

/** Requests in the quietest hour, relative to the busiest one. */
const NIGHT_SHARE = 0.08;

/** Part of the demo in one hour. */
export interface DemoHour {
  /** Begin, ms since 1970. */
  readonly startMs: number;
  /** End, ms since 1970: an hour later, or the end of the demo. */
  readonly endMs: number;
  /** Requests in it. */
  readonly requests: number;
}

/**
 * How the requests of the demo are spread over the 30 days before a time: more by day than by night, fewer at
 * weekends, and more each week.
 * @param total number of requests
 */
export function demoHours(total: number, now: Date): DemoHour[] {
  const endMs = now.getTime();
  const firstMs = Math.floor(endMs / HOUR_MS) * HOUR_MS - DEMO_DAYS * 24 * HOUR_MS;
  const spans = Array.from({ length: DEMO_DAYS * 24 + 1 }, (_, index) => {
    const startMs = firstMs + index * HOUR_MS;
    const until = Math.min(startMs + HOUR_MS, endMs);
    const share = (until - startMs) / HOUR_MS;
    return { startMs, endMs: until, weight: share * weightOf(startMs, index / (DEMO_DAYS * 24)) };
  }).filter(({ weight }) => weight > 0);
  const sum = spans.reduce((all, { weight }) => all + weight, 0);
  // What is rounded away in one hour is made up for in the next.
  let weightSoFar = 0;
  let placed = 0;
  return spans.map(({ weight, ...span }) => {
    weightSoFar += weight;
    const requests = Math.round((total * weightSoFar) / sum) - placed;
    placed += requests;
    return { ...span, requests };
  });
}

/** @param part of the 30 days that has passed, 0 to 1 */
function weightOf(startMs: number, part: number): number {
  const time = new Date(startMs);
  const angle = (2 * Math.PI * (time.getUTCHours() - QUIETEST_HOUR)) / 24;
  const daily = NIGHT_SHARE + (1 - NIGHT_SHARE) * ((1 - Math.cos(angle)) / 2);
  const weekend = time.getUTCDay() % 6 === 0 ? WEEKEND_SHARE : 1;
  return daily * weekend * (1 + GROWTH * part);
}
