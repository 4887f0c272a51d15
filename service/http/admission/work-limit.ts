/**
 * How many requests a pod works on at the same time: as many as let the event loop turn within a target. A request
 * takes some five to ten turns (body, key, limit, database, answer), so the length of a turn decides how long it takes.
 * The rule is that of gradient limits (Netflix's concurrency-limits, Envoy's adaptive concurrency): the limit is multiplied
 * by target / measured. They measure the latency of answers, which here depends on what is asked; the turn does not.
 */

/**
 * Length of a turn that the limit aims at, ms. Tried with a mixed load on two cores: with 25, half of 1,000 requests per
 * second were refused while two other programs kept the cores busy, and with 60 hardly any (95th percentile 235 ms). In a
 * jump to 2,000 per second 60 answered 71 % (99th percentile 350 ms), and 100 only 54 % (900 ms).
 */
export const TARGET_TURN_MS = 60;

/** Requests at the same time before anything is measured: even 64 of 5 ms, the costliest, take a third of a second. */
export const FIRST_LIMIT = 64;

/**
 * Bounds of the limit. So few requests are no overload, however slow the turns are: even 32 of 5 ms take 160 ms. More than
 * the most are a queue in the database.
 */
export const LEAST_LIMIT = 32;
export const MOST_LIMIT = 4096;

/** Largest change in one step: one slow turn, such as a garbage collection, must not empty the pod. */
const MOST_DOWN = 0.5;
const MOST_UP = 1.5;

/** What was seen since the last step. */
export interface Seen {
  /** Mean length of a turn of the event loop, ms. */
  readonly turnMs: number;
  /** Most requests that were worked on. */
  readonly mostUnderWay: number;
  /** Whether requests had to wait for the limit. */
  readonly wasFull: boolean;
}

/** The next limit. */
export function nextLimit(limit: number, { turnMs, mostUnderWay, wasFull }: Seen): number {
  const ratio = TARGET_TURN_MS / Math.max(turnMs, 0.1);
  if (ratio < 1) {
    // A limit far above what was there says nothing. Few requests that were slow are no reason for a low one.
    const from = Math.min(limit, Math.max(mostUnderWay, FIRST_LIMIT));
    return Math.max(LEAST_LIMIT, Math.floor(from * Math.max(MOST_DOWN, ratio)));
  }
  const most = wasFull ? MOST_LIMIT : Math.max(limit, FIRST_LIMIT);
  return Math.min(most, Math.ceil(limit * Math.min(MOST_UP, ratio)));
}
