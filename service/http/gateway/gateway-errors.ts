import type { FastifyReply, FastifyRequest } from 'fastify';
import { CallRefused } from '../../gateway/call';
import { CallTimeoutError } from '../../gateway/call-end';
import {
  type CallFailure,
  type CallFormat,
  type FailureKind,
  InvalidCallError,
} from '../../gateway/formats/call-format';
import { JournalFailedError, JournalFullError } from '../../gateway/ledger/journal-errors';
import { classifyError } from '../classify-error';
import { contextOf, type ErrorContext } from '../error-context';
import type { ProblemProps } from '../problem';
import { readOn } from '../read-on';

/** A failure with what HTTP says besides its body. */
interface Failure extends Omit<CallFailure, 'requestId'> {
  readonly retryAfterSeconds?: number;
}

/** Kinds of what plugins refuse before a route is asked, by status. */
const KINDS: Readonly<Record<number, FailureKind>> = {
  401: 'authentication',
  403: 'permission',
  404: 'not_found',
  408: 'timeout',
  409: 'conflict',
  413: 'too_large',
  422: 'unprocessable',
  429: 'rate_limit',
  503: 'overloaded',
};

/** When a caller may try again while the journal takes nothing, seconds. */
const JOURNAL_RETRY_SECONDS = 5;

/** Answers an error in the shape of the API that the caller speaks. */
export function sendFailure(
  error: unknown,
  format: CallFormat,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): FastifyReply {
  const failure = failureOf(error, contextOf(request));
  if (failure.kind === 'internal') request.log.error({ err: error }, 'a call of the gateway failed');
  else request.log.debug({ code: failure.code, kind: failure.kind }, failure.message);
  readOn(request, reply);
  const { status, body } = format.failure({ ...failure, requestId: request.id });
  if (failure.retryAfterSeconds !== undefined) reply.header('retry-after', failure.retryAfterSeconds);
  // A budget has room again in hours or days; the providers' clients would try again within seconds.
  if (failure.kind === 'budget') reply.header('x-should-retry', 'false');
  return reply.code(status).type('application/json').send(body);
}

function failureOf(error: unknown, context: ErrorContext): Failure {
  if (error instanceof CallRefused) return error.refusal;
  if (error instanceof InvalidCallError) {
    const { message, param } = error;
    return { kind: 'invalid_request', code: 'invalid_request', message, ...(param !== null && { param }) };
  }
  if (error instanceof JournalFullError || error instanceof JournalFailedError) {
    const message = 'The gateway cannot account for calls at the moment, so it takes none. Try again later.';
    return { kind: 'overloaded', code: 'journal_full', message, retryAfterSeconds: JOURNAL_RETRY_SECONDS };
  }
  if (error instanceof CallTimeoutError) {
    const message = 'The call took longer than calls may (gateway.longestCallSeconds).';
    return { kind: 'timeout', code: 'call_timeout', message };
  }
  return ofProblem(classifyError(error, context));
}

function ofProblem({ status, code, detail, retryAfterSeconds }: ProblemProps): Failure {
  const kind = KINDS[status] ?? (status >= 500 ? 'internal' : 'invalid_request');
  return { kind, code, message: detail, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
}
