/** A request to an LLM, as the API records it. */
export interface LlmRequest {
  /** UUIDv7 from the writer; inserting the same id again has no effect. */
  readonly id: string;
  /** Id of the user in the table `users`. */
  readonly userId: string;
  /** Start of the request, RFC 3339. */
  readonly timestamp: string;
  /** LLM provider, e.g. `openai`. */
  readonly provider: string;
  /** Name of the model, as the provider calls it. */
  readonly model: string;
  /** Text of the prompt. */
  readonly prompt: string;
  /** Tokens of the prompt. */
  readonly inputTokens: number;
  /** Tokens of the prompt that the provider read from its cache; included in `inputTokens`. */
  readonly cachedInputTokens: number;
  /** Tokens of the answer. */
  readonly outputTokens: number;
  /** USD as a decimal string; money is never a floating-point number. */
  readonly cost: string;
  /** Time until the answer was complete, ms; null while the request is active. */
  readonly latencyMilliseconds: number | null;
  /** State of the request. */
  readonly status: 'active' | 'completed' | 'failed';
  /** Whether the answer came from the platform's own cache. */
  readonly cacheHit: boolean;
  /** Short code of the error; null unless the request failed. */
  readonly errorCode: string | null;
}
