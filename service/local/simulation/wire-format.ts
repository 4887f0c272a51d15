import type { Body, OutputPlan, Wish } from './output-plan';

/** An event of a simulated stream. */
export interface WireEvent {
  /** Value of the `event:` line; empty for none. */
  readonly event: string;
  readonly data: string;
  /** Output tokens in it, which the rate of tokens paces. */
  readonly tokens: number;
  /** Whether it is the stream's last event, which the behaviour `noend` leaves out. */
  readonly isEnd?: boolean;
}

/** How a provider's API looks on the wire. Written apart from the gateway's formats, so that tests compare two. */
export interface WireFormat {
  /** What the body asks of an answer. */
  wish(body: Body): Wish;
  /** Why a provider would refuse the body; undefined where it would not. */
  refusal(body: Body): string | undefined;
  /** Output tokens that the whole answer is billed. */
  outputTokens(plan: OutputPlan, body: Body): number;
  whole(plan: OutputPlan, body: Body): unknown;
  events(plan: OutputPlan, body: Body): Iterable<WireEvent>;
  /** An error event in the middle of a stream. */
  readonly errorEvent: WireEvent;
  /** An event of a type that no client knows. */
  readonly unknownEvent: WireEvent;
  /** The body of an error with a status. */
  error(status: number, message: string): unknown;
}

/** An event of JSON. */
export function jsonEvent(event: string, value: unknown, tokens = 0): WireEvent {
  return { event, data: JSON.stringify(value), tokens };
}

/** The objects of the list in a field; empty where it is none. */
export function listIn(body: Body, field: string): readonly Body[] {
  const value = body[field];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : [];
}

/** The object in a field; empty where it is none. */
export function objectOf(value: unknown): Body {
  return typeof value === 'object' && value !== null ? (value as Body) : {};
}

/** The object whose name a call insists on; the first where it insists on none, or on one that is not there. */
export function chosenOf(objects: readonly Body[], name: unknown): Body | undefined {
  return objects.find((one) => one['name'] === name) ?? objects[0];
}

/** The number in a field; undefined where it is none. */
export function numberIn(body: Body, field: string): number | undefined {
  const value = body[field];
  return typeof value === 'number' ? value : undefined;
}

/** The body of an error of OpenAI's API. Source: platform.openai.com/docs/guides/error-codes */
export function openaiError(status: number, message: string): unknown {
  const [type, code] =
    OPENAI_ERRORS[status] ?? (status < 500 ? ['invalid_request_error', null] : SERVER_ERROR);
  return { error: { message, type, param: null, code } };
}

const SERVER_ERROR = ['server_error', null] as const;
const OPENAI_ERRORS: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
  401: ['invalid_request_error', 'invalid_api_key'],
  403: ['invalid_request_error', 'unsupported_country_region_territory'],
  404: ['invalid_request_error', 'model_not_found'],
  429: ['requests', 'rate_limit_exceeded'],
};

/** The body of an error of Anthropic's API. Source: platform.claude.com/docs/en/api/errors */
export function anthropicError(status: number, message: string): unknown {
  const type = ANTHROPIC_ERRORS[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
  return { type: 'error', error: { type, message }, request_id: 'req_simulated' };
}

const ANTHROPIC_ERRORS: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};
