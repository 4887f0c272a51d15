import { setTimeout as delay } from 'node:timers/promises';

/** Limits of the attempts at a call. */
export interface RetryPolicy {
  /** Most attempts, the first included. */
  readonly attempts: number;
  /** Timeout of one attempt, ms. */
  readonly attemptMs: number;
  /** Time limit for all attempts and the waits between them, ms. */
  readonly deadlineMs: number;
  /** Upper bound of the wait after the first attempt, ms; it doubles with each further one. */
  readonly baseDelayMs: number;
  /** Largest upper bound of a wait, ms; a longer wait that the service requests is respected. */
  readonly maxDelayMs: number;
}

/** Clock, sleep and randomness of retries; tests replace them. */
export interface Waiting {
  /** Resolves after the time. */
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** Random number from 0 to below 1. */
  readonly random: () => number;
  /** Monotonic clock, ms. */
  readonly elapsedMs: () => number;
}

/** The real clock, timers and random numbers. */
export const REAL_WAITING: Waiting = {
  sleep: (milliseconds) => delay(milliseconds),
  random: Math.random,
  elapsedMs: () => performance.now(),
};

/** What to do after a failed attempt. */
export interface Verdict {
  /** Whether to try again. */
  readonly retry: boolean;
  /** Shortest wait that the service requests, ms. @default 0 */
  readonly waitMs?: number;
}

/** One attempt exceeded its timeout. */
export class AttemptTimeout extends Error {
  override readonly name = 'AttemptTimeout';

  constructor(milliseconds: number) {
    super(`no complete answer within ${Math.round(milliseconds)} ms`);
  }
}

/**
 * Repeats `attempt` until it succeeds, `judge` rejects a retry, or the attempts or the time are used up; then throws
 * the last error. Waits are random between 0 and their bound ("full jitter"), so that callers that failed together do
 * not retry together (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 * @param attempt must stop when the signal aborts; also gets the number of the attempt, from 1
 * @param judge decides about an error
 */
export async function withRetries<T>(
  attempt: (signal: AbortSignal, attemptNumber: number) => Promise<T>,
  judge: (error: unknown) => Verdict,
  policy: RetryPolicy,
  { sleep, random, elapsedMs }: Waiting = REAL_WAITING,
): Promise<T> {
  const end = elapsedMs() + policy.deadlineMs;
  for (let attemptNumber = 1; ; attemptNumber += 1) {
    try {
      const milliseconds = Math.min(policy.attemptMs, end - elapsedMs());
      return await withinTime((signal) => attempt(signal, attemptNumber), milliseconds);
    } catch (error) {
      const { retry, waitMs = 0 } = judge(error);
      const bound = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attemptNumber - 1));
      const pause = Math.max(waitMs, random() * bound);
      if (!retry || attemptNumber >= policy.attempts || elapsedMs() + pause >= end) throw error;
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
