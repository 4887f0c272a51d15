import type { CallFormat, FormatName } from '../formats/call-format';
import type { JsonObject } from '../formats/json';

/** A call on its way to a provider. */
export interface ProviderCall {
  readonly format: CallFormat;
  /** The caller's body, parsed. */
  readonly body: JsonObject;
  /** The same as bytes, as the caller sent it. */
  readonly bytes: Uint8Array;
  /** Name of the model at the provider. */
  readonly model: string;
  /** Whether a stream of events is wanted. */
  readonly stream: boolean;
  /** Project whose own provider key is used where it has one, a UUID. */
  readonly projectId: string;
  /** The caller's headers that are for the provider, such as `anthropic-beta`; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The same for all attempts of a call, so that a provider that knows idempotency keys runs it once. */
  readonly idempotencyKey: string;
  /** Longest time until the answer begins, ms. */
  readonly firstByteMs: number;
  /** Longest silence of an answer that has begun, ms. */
  readonly silenceMs: number;
}

/** An answer of a provider that has begun, with any status. */
export interface ProviderAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the body is a stream of server-sent events in the call's format; otherwise it is a whole answer. */
  readonly isStream: boolean;
  /** The body in the call's format. It throws a {@link ProviderError} where the provider cuts it. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the answer early and frees its connection. */
  cancel(): void;
}

/** Why a provider gave no answer, or not the whole of it. */
export type ProviderErrorKind =
  /** No connection: nothing was sent. */
  | 'connect'
  /** The connection broke. */
  | 'reset'
  /** No answer, or silence, for too long. */
  | 'timeout'
  /** What came is no answer of the format. */
  | 'malformed'
  /** The call cannot be put into the provider's format. */
  | 'unsupported'
  /** There is no key for the provider. */
  | 'no-key';

/** A provider gave no answer, or not the whole of it. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';

  constructor(
    readonly kind: ProviderErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A provider of models. */
export interface Provider {
  /** Name in the configuration and in records. */
  readonly name: string;
  /** Whether it counts the tokens of Anthropic's messages. */
  readonly countsTokens: boolean;
  /** Whether it takes calls of a format. */
  speaks(format: FormatName): boolean;
  /**
   * Sends a call once.
   * @param signal ends the call at any time
   * @throws ProviderError where no answer began
   */
  send(call: ProviderCall, signal: AbortSignal): Promise<ProviderAnswer>;
  /** Called after a 401: reads the provider's keys again. @returns whether they have changed */
  renewKeys(): Promise<boolean>;
  /** Ends open connections. */
  close(): Promise<void>;
}
