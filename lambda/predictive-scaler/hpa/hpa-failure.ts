import type { CallErrorKind } from '../../shared/call-error';
import { connectionErrorKind } from '../../shared/connection-error';
import type { Verdict } from '../../shared/retry';
import { type ApiAnswer, LogInError } from './kubernetes-api';

/** One try at a request that failed. */
export class FailedTry extends Error {
  override readonly name = 'FailedTry';

  constructor(
    readonly kind: CallErrorKind,
    message: string,
    /** Wait that the API asks for, ms. */
    readonly waitMs = 0,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Longest part of the API's own message that is passed on, characters. */
const MAX_MESSAGE_LENGTH = 500;

const KIND_OF_STATUS: Readonly<Record<number, CallErrorKind>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  429: 'throttled',
};

/** An answer other than 200. */
export function refusedTry({ status, headers, text }: ApiAnswer): FailedTry {
  const seconds = Number(headers['retry-after'] ?? 0);
  const waitMs = Number.isFinite(seconds) ? Math.max(0, seconds) * 1000 : 0;
  return new FailedTry(kindOfStatus(status), `answered ${status}: ${messageOf(text)}`, waitMs);
}

function kindOfStatus(status: number): CallErrorKind {
  if (status >= 500) return 'server';
  if (status >= 400) return KIND_OF_STATUS[status] ?? 'invalid';
  return 'malformed-answer';
}

/** The message of Kubernetes' Status object, or the text as it is, of a proxy for example. */
function messageOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return message.slice(0, MAX_MESSAGE_LENGTH);
  } catch {
    // Not JSON: the text says as much as there is.
  }
  return text.slice(0, MAX_MESSAGE_LENGTH) || 'without a message';
}

/** No whole answer, or one that cannot be read. */
export function brokenTry(error: unknown): FailedTry {
  if (error instanceof FailedTry) return error;
  const kind = error instanceof LogInError ? 'unauthorized' : connectionErrorKind(error);
  return new FailedTry(kind ?? 'malformed-answer', (error as Error).message, 0, { cause: error });
}

/** @param retryConflicts a conflict about a given resource version is final: the version stays the old one */
export function judgeTry(error: unknown, retryConflicts: boolean): Verdict {
  const { kind, waitMs } = brokenTry(error);
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
