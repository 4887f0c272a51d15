import { encodeComment, encodeEvent } from '../../streams/sse-encoder';
import type { CallFailure, FailureAnswer, FailureKind } from '../call-format';

/**
 * Status, type and code of each kind in OpenAI's API. Its clients choose the class of their error by the status.
 *
 * Source: platform.openai.com/docs/guides/error-codes
 */
const KINDS: Readonly<Record<FailureKind, readonly [status: number, type: string, code: string | null]>> = {
  invalid_request: [400, 'invalid_request_error', null],
  authentication: [401, 'invalid_request_error', 'invalid_api_key'],
  permission: [403, 'invalid_request_error', 'insufficient_permissions'],
  not_found: [404, 'invalid_request_error', 'not_found'],
  conflict: [409, 'invalid_request_error', 'conflict'],
  too_large: [413, 'invalid_request_error', 'request_too_large'],
  unprocessable: [422, 'invalid_request_error', 'unprocessable'],
  rate_limit: [429, 'requests', 'rate_limit_exceeded'],
  budget: [429, 'insufficient_quota', 'insufficient_quota'],
  internal: [500, 'server_error', 'internal_error'],
  provider: [502, 'server_error', 'provider_error'],
  overloaded: [503, 'server_error', 'overloaded'],
  timeout: [504, 'server_error', 'timeout'],
};

/** One of our errors as a whole answer of OpenAI's API. The request's id is in a header there, not in the body. */
export function openaiFailure(failure: CallFailure): FailureAnswer {
  const [status] = KINDS[failure.kind];
  return { status, body: JSON.stringify({ error: errorOf(failure) }) };
}

/** One of our errors within a stream of chat chunks: clients throw it where `error` is set. */
export function openaiFailureEvent(failure: CallFailure): Uint8Array {
  return encodeEvent('', JSON.stringify({ error: errorOf(failure) }));
}

/**
 * One of our errors within a stream of response events. The documentation has its fields beside the type, the API
 * itself sends them in an object `error`, and clients read either: the event has both.
 *
 * Source: platform.openai.com/docs/api-reference/responses-streaming/error
 */
export function responsesFailureEvent(failure: CallFailure): Uint8Array {
  const { message, param, code, type } = errorOf(failure);
  // The gateway does not know the number of the last event; clients do not check that numbers rise.
  const fields = { code: code ?? type, message, param };
  const event = { type: 'error', ...fields, error: { type, ...fields }, sequence_number: 0 };
  return encodeEvent('error', JSON.stringify(event));
}

/** A comment, which OpenAI's clients skip. */
export const openaiPing = encodeComment('ping');

function errorOf({ kind, message, code, param }: CallFailure) {
  const [, type, ownCode] = KINDS[kind];
  return { message, type, param: param ?? null, code: code ?? ownCode };
}
