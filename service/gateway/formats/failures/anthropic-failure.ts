import { encodeEvent } from '../../streams/sse-encoder';
import type { CallFailure, FailureAnswer, FailureKind } from '../call-format';

/**
 * Status and type of each kind in Anthropic's API.
 *
 * Source: platform.claude.com/docs/en/api/errors
 */
const KINDS: Readonly<Record<FailureKind, readonly [status: number, type: string]>> = {
  invalid_request: [400, 'invalid_request_error'],
  authentication: [401, 'authentication_error'],
  permission: [403, 'permission_error'],
  not_found: [404, 'not_found_error'],
  conflict: [409, 'invalid_request_error'],
  too_large: [413, 'request_too_large'],
  unprocessable: [422, 'invalid_request_error'],
  rate_limit: [429, 'rate_limit_error'],
  budget: [429, 'rate_limit_error'],
  internal: [500, 'api_error'],
  provider: [502, 'api_error'],
  overloaded: [529, 'overloaded_error'],
  timeout: [504, 'timeout_error'],
};

/** One of our errors as a whole answer of Anthropic's API. A code of ours is beside the type. */
export function anthropicFailure(failure: CallFailure): FailureAnswer {
  const [status] = KINDS[failure.kind];
  return { status, body: JSON.stringify(errorOf(failure)) };
}

/** One of our errors within a stream. */
export function anthropicFailureEvent(failure: CallFailure): Uint8Array {
  return encodeEvent('error', JSON.stringify(errorOf(failure)));
}

/** Anthropic's own event into a silence. */
export const anthropicPing = encodeEvent('ping', '{"type": "ping"}');

function errorOf({ kind, message, code, requestId }: CallFailure) {
  const [, type] = KINDS[kind];
  const error = { type, message, ...(code !== undefined && { code }) };
  return { type: 'error', error, request_id: requestId };
}
