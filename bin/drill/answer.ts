/**
 * What a client saw: the status; `cut` where the answer broke off or there was none; `503 without Retry-After` for one
 * that does not say when to come back.
 */
export type Outcome = `${number}` | 'cut' | '503 without Retry-After';

/** An answer, or its absence, as a client saw it. Times are ms of the drill's clock. */
export interface Answer {
  readonly outcome: Outcome;
  readonly sentMs: number;
  readonly endedMs: number;
  /** Why there is no answer, where the outcome is `cut`. @default - it broke off */
  readonly reason?: string;
}

/** Why a request has no answer, in few words. */
export function reasonOf(error: unknown): string {
  const { code, name, message } = error as NodeJS.ErrnoException;
  return `${code ?? name}: ${message}`;
}

/** @param retryAfter the header, undefined without it */
export function outcomeOf(status: number, retryAfter: unknown): Outcome {
  return status === 503 && retryAfter === undefined ? '503 without Retry-After' : `${status}`;
}

/** Whether a client got what it asked for. A mixed answer (207) stores all records that a drill sends. */
export function isSuccess(outcome: Outcome): boolean {
  return outcome === '200' || outcome === '201' || outcome === '207';
}
