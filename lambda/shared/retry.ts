import { setTimeout as delay } from 'node:timers/promises';

/** How often and how long a call is tried. */
export interface RetryPolicy {
  /** Tries in all, the first included. */
  readonly attempts: number;
  /** Longest wait for one answer, ms. */
  readonly attemptMs: number;
  /** Longest time for all tries and the waits between them, ms. */
  readonly deadlineMs: number;
  /** Bound of the wait after the first try, ms; it doubles with every further one. */
  readonly baseDelayMs: number;
  /** Highest bound of a wait, ms; a longer one that the other side asks for is kept all the same. */
  readonly maxDelayMs: number;
}

/** What waiting depends on; tests give their own. */
export interface Waiting {
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** A clock that never goes back, ms. */
  readonly elapsedMs: () => number;
}

export const REAL_WAITING: Waiting = {
  sleep: (milliseconds) => delay(milliseconds),
  random: Math.random,
  elapsedMs: () => performance.now(),
};

/** What to do about a failed try. */
export interface Verdict {
  readonly retry: boolean;
  /** Least wait that the other side asks for, ms. @default none */
  readonly waitMs?: number;
}

/** One try took longer than it may. */
export class AttemptTimeout extends Error {
  override readonly name = 'AttemptTimeout';

  constructor(milliseconds: number) {
    super(`no complete answer within ${Math.round(milliseconds)} ms`);
  }
}

/**
 * Tries until it works, until the verdict on an error is final, or until the tries or the time are used up; then throws
 * the last error. Waits are random between 0 and their bound ("full jitter"), so that callers that failed together do
 * not come back together (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 * @param attempt has to stop when the signal aborts; gets the number of the try too, from 1
 */
export async function withRetries<T>(
  attempt: (signal: AbortSignal, tried: number) => Promise<T>,
  judge: (error: unknown) => Verdict,
  policy: RetryPolicy,
  { sleep, random, elapsedMs }: Waiting = REAL_WAITING,
): Promise<T> {
  const end = elapsedMs() + policy.deadlineMs;
  for (let tried = 1; ; tried += 1) {
    try {
      const milliseconds = Math.min(policy.attemptMs, end - elapsedMs());
      return await withinTime((signal) => attempt(signal, tried), milliseconds);
    } catch (error) {
      const { retry, waitMs = 0 } = judge(error);
      const bound = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (tried - 1));
      const pause = Math.max(waitMs, random() * bound);
      if (!retry || tried >= policy.attempts || elapsedMs() + pause >= end) throw error;
      await sleep(pause);
      if (elapsedMs() >= end) throw error;
    }
  }
}

async function withinTime<T>(attempt: (signal: AbortSignal) => Promise<T>, milliseconds: number): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new AttemptTimeout(milliseconds));
      controller.abort();
    }, milliseconds);
  });
  try {
    return await Promise.race([attempt(controller.signal), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
