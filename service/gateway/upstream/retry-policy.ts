import { ProviderError } from '../providers/provider';
import { NoSlotError, SlotTimeoutError } from './slots';

/** What an attempt tells about the next step. */
export interface Verdict {
  /** Whether the same provider may be asked again. */
  readonly retry: boolean;
  /** Whether another model of the chain may be asked. */
  readonly fallBack: boolean;
  /** Whether the attempt counts as a failure of the provider for its breaker. */
  readonly isFailure: boolean;
  /** Shortest wait that the provider asks for, ms. */
  readonly waitMs: number;
}

/** Longest wait before a retry, ms: a longer one is the caller's decision. */
export const LONGEST_WAIT_MS = 8000;

/** Upper bound of the wait after the first attempt, ms; it doubles with each further one. */
const BASE_DELAY_MS = 250;

/** The provider refuses the call as it is; asking again changes nothing. */
const REFUSED: Verdict = { retry: false, fallBack: false, isFailure: false, waitMs: 0 };

/** Only another provider can help. */
const ELSEWHERE: Verdict = { retry: false, fallBack: true, isFailure: false, waitMs: 0 };

/**
 * Statuses that another attempt may not have: 408 and 409 as both providers' own clients retry them, 429, and errors of
 * the server; 529 is Anthropic's "overloaded" (docs.anthropic.com, "Errors").
 */
function isPassing(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/** What to do after an answer with an error status. @param headers names in lower case */
export function judgeStatus(status: number, headers: Readonly<Record<string, string>>, now: Date): Verdict {
  if (!isPassing(status)) return REFUSED;
  const waitMs = retryAfterMs(headers, now);
  return {
    // OpenAI's and Anthropic's servers say with this header what their clients should do.
    retry: headers['x-should-retry'] !== 'false' && waitMs <= LONGEST_WAIT_MS,
    fallBack: true,
    isFailure: status >= 500,
    waitMs,
  };
}

/** What to do after an attempt without an answer. */
export function judgeError(error: unknown): Verdict {
  if (error instanceof NoSlotError || error instanceof SlotTimeoutError) return ELSEWHERE;
  if (!(error instanceof ProviderError)) return REFUSED;
  switch (error.kind) {
    case 'connect':
    case 'reset':
    case 'malformed':
      return { retry: true, fallBack: true, isFailure: true, waitMs: 0 };
    case 'timeout':
      // The time of the call is used up for this provider; the next in the chain may be faster.
      return { retry: false, fallBack: true, isFailure: true, waitMs: 0 };
    case 'unsupported':
    case 'no-key':
      return ELSEWHERE;
  }
}

/**
 * Wait before the next attempt, ms: random between 0 and a bound that doubles ("full jitter"; Brooker, "Exponential
 * Backoff And Jitter", AWS Architecture Blog, 2015), at least what the provider asks for.
 * @param attempt number of the attempt that failed, from 1
 */
export function retryDelayMs(attempt: number, waitMs: number, random: () => number): number {
  return Math.max(waitMs, random() * Math.min(LONGEST_WAIT_MS, BASE_DELAY_MS * 2 ** (attempt - 1)));
}

/** Wait that an answer asks for, ms; 0 without one. `retry-after` is in seconds or a date (RFC 9110, 10.2.3). */
export function retryAfterMs(headers: Readonly<Record<string, string>>, now: Date): number {
  const milliseconds = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (Number.isFinite(milliseconds)) return Math.max(0, milliseconds);
  const after = headers['retry-after'];
  if (after === undefined) return 0;
  const seconds = Number(after);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(after) - now.getTime();
  return Number.isFinite(wait) ? Math.max(0, wait) : 0;
}
