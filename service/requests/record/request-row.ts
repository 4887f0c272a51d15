/** A request as the database holds it. */
export interface RequestRow {
  readonly id: string;
  /** Start of the request; the millisecond of its id. */
  readonly timestamp: Date;
  readonly projectId: string;
  /** Key that sent the record, a UUID. */
  readonly keyId: string;
  readonly userId: string;
  readonly provider: string;
  readonly model: string;
  /** Null for the provider's standard service. */
  readonly serviceTier: string | null;
  readonly region: string | null;
  /** Empty where there is none, or none is stored. */
  readonly prompt: string;
  readonly inputTokens: number;
  /** Part of `inputTokens`. */
  readonly cachedInputTokens: number;
  /** Part of `inputTokens`, for any time. */
  readonly cacheWriteTokens: number;
  /** Part of `cacheWriteTokens`. */
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
  /** Part of `outputTokens`. */
  readonly reasoningTokens: number;
  /** Further billed units; null where there are none. */
  readonly units: Readonly<Record<string, number>> | null;
  /** USD, ten decimals. */
  readonly cost: string;
  /** USD, ten decimals; null while active. */
  readonly listCost: string | null;
  /** USD, ten decimals. */
  readonly savedCost: string;
  readonly pricing: 'priced' | 'partial' | 'unpriced';
  readonly usageSource: 'reported' | 'estimated';
  readonly priceRule: string | null;
  /** Ms; null while active and for abandoned requests. */
  readonly latencyMs: number | null;
  readonly status: 'active' | 'completed' | 'failed';
  readonly cacheHit: boolean;
  readonly errorCode: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** SHA-256 of what the sender said, without prompt, cost, id and time. */
  readonly contentHash: Buffer;
}
