import type { CallFailure, FailureKind } from '../../formats/call-format';
import { parseObject, textIn } from '../../formats/json';
import type { EventMessage } from './event-messages';

/**
 * Kinds of Bedrock's exceptions, by the beginning of their name in lower case.
 *
 * Source: docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html and
 * docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html
 */
const KINDS: readonly (readonly [name: RegExp, kind: FailureKind])[] = [
  [/^(throttling|toomanyrequests|modelnotready|servicequotaexceeded)/, 'rate_limit'],
  [/^(validation|conflict)/, 'invalid_request'],
  [
    /^(unrecognizedclient|invalidsignature|incompletesignature|expiredtoken|missingauthentication|invalidclienttoken)/,
    'authentication',
  ],
  [/^(accessdenied|optinrequired|notauthorized)/, 'permission'],
  [/^resourcenotfound/, 'not_found'],
  [/^modeltimeout/, 'timeout'],
  [/^(modelerror|modelstreamerror)/, 'provider'],
  [/^serviceunavailable/, 'overloaded'],
  [/^internal/, 'internal'],
];

/** Kinds of statuses whose exception is unknown. */
const KINDS_OF_STATUS: Readonly<Record<number, FailureKind>> = {
  401: 'authentication',
  403: 'permission',
  404: 'not_found',
  408: 'timeout',
  413: 'too_large',
  429: 'rate_limit',
  503: 'overloaded',
  504: 'timeout',
};

/** An answer of Bedrock that is an error. */
export interface BedrockRefusal {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer of Bedrock with an error status, as one of the gateway's failures. */
export function refusalFailure({ status, headers, body }: BedrockRefusal): CallFailure {
  // The header may have the name's namespace behind it: `ValidationException:http://internal.amazon.com/…`.
  const [code = ''] = (headers['x-amzn-errortype'] ?? '').split(':');
  const details = parseObject(body) ?? {};
  const message = textIn(details, 'message') ?? textIn(details, 'Message');
  return failureOf(code, message, {
    kind: KINDS_OF_STATUS[status] ?? (status >= 500 ? 'internal' : 'invalid_request'),
    requestId: headers['x-amzn-requestid'] ?? '',
  });
}

/** An exception in a stream, as one of the gateway's failures; null where the message is an event. */
export function streamFailure(message: EventMessage, requestId: string): CallFailure | null {
  if (message.kind === 'event') return null;
  const details = parseObject(Buffer.from(message.body).toString('utf8')) ?? {};
  const text = textIn(details, 'message') ?? message.message;
  return failureOf(message.type, text, { kind: 'provider', requestId });
}

function failureOf(
  code: string,
  message: string | undefined,
  fallback: Pick<CallFailure, 'kind' | 'requestId'>,
): CallFailure {
  const kind = KINDS.find(([name]) => name.test(code.toLowerCase()))?.[1] ?? fallback.kind;
  return {
    kind,
    message: message || `Amazon Bedrock answered with ${code || 'an error'}.`,
    ...(code !== '' && { code }),
    requestId: fallback.requestId,
  };
}
