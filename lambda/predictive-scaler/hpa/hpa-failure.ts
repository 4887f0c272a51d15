import type { CallErrorKind } from '../../../service/shared/call-error';
import { connectionErrorKind } from '../../../service/shared/connection-error';
import type { Verdict } from '../../../service/shared/retry';
import { type ApiAnswer, LogInError } from './kubernetes-api';

/** One failed attempt at a request. */
export class FailedAttempt extends Error {
  override readonly name = 'FailedAttempt';

  constructor(
    readonly kind: CallErrorKind,
    message: string,
    /** Wait that the API requests (`Retry-After`), ms. */
    readonly waitMs = 0,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Longest part of the API's message in ours, characters. */
const MAX_MESSAGE_LENGTH = 500;

const KIND_OF_STATUS: Readonly<Record<number, CallErrorKind>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  429: 'throttled',
};

/** Failure of an answer with a status other than 200. */
export function answerFailure({ status, headers, text }: ApiAnswer): FailedAttempt {
  const seconds = Number(headers['retry-after'] ?? 0);
  const waitMs = Number.isFinite(seconds) ? Math.max(0, seconds) * 1000 : 0;
  return new FailedAttempt(kindOfStatus(status), `answered ${status}: ${messageOf(text)}`, waitMs);
}

function kindOfStatus(status: number): CallErrorKind {
  if (status >= 500) return 'server';
  if (status >= 400) return KIND_OF_STATUS[status] ?? 'invalid';
  return 'malformed-answer';
}

/** The message of Kubernetes' Status object, or the plain text, e.g. of a proxy. */
function messageOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return message.slice(0, MAX_MESSAGE_LENGTH);
  } catch {
    // Not JSON: the text is the message.
  }
  return text.slice(0, MAX_MESSAGE_LENGTH) || 'without a message';
}

/** Failure of an attempt without a complete, readable answer. */
export function attemptFailure(error: unknown): FailedAttempt {
  if (error instanceof FailedAttempt) return error;
  const kind = error instanceof LogInError ? 'unauthorized' : connectionErrorKind(error);
  return new FailedAttempt(kind ?? 'malformed-answer', (error as Error).message, 0, { cause: error });
}

/**
 * Whether to retry after a failed attempt.
 * @param retryConflicts false for a request with a resource version: a retry would conflict again
 */
export function judgeAttempt(error: unknown, retryConflicts: boolean): Verdict {
  const { kind, waitMs } = attemptFailure(error);
  switch (kind) {
    case 'throttled':
    case 'server':
      return { retry: true, waitMs };
    case 'timeout':
    case 'connection':
      return { retry: true };
    case 'conflict':
      return { retry: retryConflicts };
    case 'unauthorized':
    case 'forbidden':
    case 'not-found':
    case 'invalid':
    case 'certificate':
    case 'malformed-answer':
      return { retry: false };
  }
}
