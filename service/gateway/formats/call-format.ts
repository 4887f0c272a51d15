import type { SseEvent } from '../streams/sse-event';
import type { JsonObject } from './json';

/** Name of a wire format: one for each route of the gateway. */
export type FormatName = 'openai-chat' | 'openai-responses' | 'openai-embeddings' | 'anthropic-messages';

/**
 * Whether an answer may be kept for the next caller with the same body:
 * - `default`: yes, unless the project says no (embeddings, `temperature: 0`);
 * - `on-request`: only where the project widens it;
 * - `never`: the call has effects, or its answer depends on more than its body (a conversation at the provider,
 *   background work, tools that the provider runs).
 */
export type Cacheability = 'default' | 'on-request' | 'never';

/** What the gateway needs to know of a request's body. */
export interface CallFacts {
  /** Model as the caller named it, 1 to 256 characters. */
  readonly model: string;
  /** Whether the caller wants a stream of events. */
  readonly stream: boolean;
  /** The end user that the caller named, of any length. Null where there is none. */
  readonly user: string | null;
  /** Service tier that the caller asked for, such as `flex`. Null where the provider decides. */
  readonly serviceTier: string | null;
  /** Most output tokens of one choice, as the caller bounds them. Null where the model's limit applies. */
  readonly maxOutputTokens: number | null;
  /** Number of answers that the caller wants, 1 to 128: each costs its own output. */
  readonly choices: number;
  /** Images in the input. */
  readonly images: number;
  /**
   * Bytes of image data inside the body. A bound of the input's tokens is the body's bytes without these, plus the
   * provider's maximum for each image.
   */
  readonly imageBytes: number;
  /**
   * Whether the input also holds what is not in the body, so that its bytes are no bound: an earlier response, a file
   * or a document by URL, the results of a tool that the provider runs.
   */
  readonly hasOutsideInput: boolean;
  readonly cacheability: Cacheability;
}

/** What has to change in a body before it goes upstream. */
export interface BodyChanges {
  /** Model name at the provider. @default - the caller's */
  readonly model?: string;
  /**
   * Whether the provider is asked for usage in the stream; changes nothing where the format always has it, or where
   * the caller asked. @default false
   */
  readonly includeUsage?: boolean;
}

/** What a whole answer of a provider says. */
export interface AnswerFacts {
  /** The provider's own usage object, for `normalizeUsage`. Null where it reported none. */
  readonly usage: JsonObject | null;
  /** Model that answered, as the provider names it. Null where the answer does not say. */
  readonly model: string | null;
  /** Service tier that served the call. Null where the answer does not say. */
  readonly serviceTier: string | null;
  /** Why the output ended, in the provider's word, such as `stop` or `max_tokens`. Null where it does not say. */
  readonly finishReason: string | null;
  /** UTF-16 characters of all output: text, reasoning, arguments of tools. For estimates. */
  readonly outputCharacters: number;
  /** Whether the answer is whole and without an error, so that it may be kept in the cache. */
  readonly isCacheable: boolean;
}

/** An error that a provider sent within a stream. */
export interface StreamError {
  /** The provider's word for it, such as `overloaded_error`; `error` where it gave none. */
  readonly code: string;
  readonly message: string;
}

/** How a stream ended: `complete` with its own last event, `error` with an error event, `cut` without either. */
export type StreamEnd = 'complete' | 'error' | 'cut';

/** What a stream said so far. */
export interface StreamFacts extends AnswerFacts {
  readonly end: StreamEnd;
  /** The error event. Null where there was none. */
  readonly error: StreamError | null;
  /**
   * Where `usage` is null because the stream was cut: a usage object with the input that the provider reported at the
   * start, and the output so far estimated as characters / 4. Record it as estimated. Null where the provider had not
   * reported its input either.
   */
  readonly partialUsage: JsonObject | null;
}

/** Options of a meter. */
export interface MeterOptions {
  /** Whether the caller asked for the usage event; where not, the meter says `hide` of it. */
  readonly usageAsked: boolean;
  /** Whether the whole answer is put together from the events, for the cache. @default false */
  readonly assemble?: boolean;
}

/** Reads usage, end and output from a stream's events, one after another. Each event is parsed once. */
export interface StreamMeter {
  /**
   * Reads an event.
   * @returns whether the event is for the caller; `hide` only for the usage event that nobody asked for
   */
  read(event: SseEvent): 'pass' | 'hide';
  /** What the stream said so far; after the last event, what the ledger needs. */
  facts(): StreamFacts;
  /**
   * The answer as the provider would have given it whole. Null unless `assemble` was set, the stream was complete and
   * all its events are understood: an event or a part of an unknown kind makes it null, so that nothing inexact is kept.
   */
  answer(): JsonObject | null;
}

/** Kind of an error that the gateway itself answers. Its HTTP status follows from it. */
export type FailureKind =
  /** 400: the body cannot be understood or names what the gateway does not allow. */
  | 'invalid_request'
  /** 401: no key, or an unknown one. */
  | 'authentication'
  /** 403: the key may not do this, or not use this model. */
  | 'permission'
  /** 404: the route or the model is unknown. */
  | 'not_found'
  /** 409: a call with the same idempotency key is under way. */
  | 'conflict'
  /** 413: the body is larger than the gateway takes. */
  | 'too_large'
  /** 422: an idempotency key that was used with another body. */
  | 'unprocessable'
  /** 429: requests or tokens a minute. */
  | 'rate_limit'
  /** 429: a budget has no room. */
  | 'budget'
  /** 500: a defect of the gateway. */
  | 'internal'
  /** 502: the provider cannot be reached or answered what cannot be read. */
  | 'provider'
  /** 503, in Anthropic's format 529: no room, the breaker is open, or the pod is draining. */
  | 'overloaded'
  /** 504: the provider did not answer in time. */
  | 'timeout';

/** An error that the gateway itself answers, before it has a format. */
export interface CallFailure {
  readonly kind: FailureKind;
  /** A sentence for people; without secrets, prompts or addresses. */
  readonly message: string;
  /** Code for programs, such as `budget_exceeded`. @default - the kind's own in the format */
  readonly code?: string;
  /** Field of the body that is wrong. @default - none */
  readonly param?: string;
  /** Id of the request in our logs and answers. */
  readonly requestId: string;
}

/** An error in a format's own shape. */
export interface FailureAnswer {
  readonly status: number;
  /** JSON text. */
  readonly body: string;
}

/** A wire format that callers and providers speak: one route of the gateway. Pure; holds no state. */
export interface CallFormat {
  readonly name: FormatName;
  /** Path below the provider's base URL, such as `/chat/completions`. */
  readonly path: string;
  /**
   * Reads a body.
   * @param body as `parseCallBody` gives it
   * @throws {InvalidCallError} where a field that we need is missing or has another type
   */
  readCall(body: JsonObject): CallFacts;
  /**
   * The texts of the input, for the ledger: a line between messages, no images or files. Not cut: it may be as long
   * as the body unless `limit` says otherwise.
   * @param limit characters after which reading stops; the text may be longer by one part. @default - no limit
   */
  promptText(body: JsonObject, limit?: number): string;
  /**
   * Whether the caller asked for the usage event of a stream; always true where the format has usage in any case.
   */
  asksForUsage(body: JsonObject): boolean;
  /**
   * The body for the provider: the same bytes, and the same buffer, where nothing has to change; otherwise only the
   * changed fields differ.
   * @param bytes the caller's body
   * @param body the same, parsed
   */
  upstreamBody(bytes: Uint8Array, body: JsonObject, changes: BodyChanges): Uint8Array;
  /**
   * The body for the cache's key: JSON with sorted keys, without `model` (the key holds the resolved one), and
   * without what cannot change the answer: `stream` and `stream_options`, the end user's name, metadata. What an answer
   * repeats is kept, as Responses do with metadata and user. A stream that cannot be put together exactly keeps its
   * `stream`, so that it has an entry of its own. Bodies that `readCall` calls cacheable differ here where they differ.
   */
  cacheBody(body: JsonObject): string;
  /** Reads a whole answer with status 200. */
  readAnswer(answer: JsonObject): AnswerFacts;
  /** @throws Error where the format has no streams (embeddings) */
  meter(options: MeterOptions): StreamMeter;
  /**
   * A kept whole answer as a stream, events one after another with the bytes that a provider would send.
   * @param usageAsked whether the caller asked for the usage event
   */
  replay(answer: JsonObject, usageAsked: boolean): Iterable<Uint8Array>;
  /** One of our own errors as a whole answer. */
  failure(failure: CallFailure): FailureAnswer;
  /** One of our own errors as the last event of a stream that has begun. */
  failureEvent(failure: CallFailure): Uint8Array;
  /** What is sent into a silence so that no hop ends the connection; clients ignore it. */
  readonly ping: Uint8Array;
}

/** A body that a format cannot read; answer with `failure({ kind: 'invalid_request', ... })`. */
export class InvalidCallError extends Error {
  override readonly name = 'InvalidCallError';

  constructor(
    message: string,
    /** Field of the body that is wrong. Null where it is the body as a whole. */
    readonly param: string | null = null,
  ) {
    super(message);
  }
}
