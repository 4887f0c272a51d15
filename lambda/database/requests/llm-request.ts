/** A request to a model, as the API records it. */
export interface LlmRequest {
  /** UUIDv7, made by the writer once: sending the request again stores nothing twice. */
  readonly id: string;
  readonly userId: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly provider: string;
  readonly model: string;
  readonly prompt: string;
  readonly inputTokens: number;
  /** Part of `inputTokens`. */
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  /** USD, decimal digits: money is never a floating-point number. */
  readonly cost: string;
  /** null while the request is active. */
  readonly latencyMilliseconds: number | null;
  readonly status: 'active' | 'completed' | 'failed';
  readonly cacheHit: boolean;
  /** What went wrong, a word; null unless it failed. */
  readonly errorCode: string | null;
}
