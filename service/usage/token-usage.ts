/** Tokens of one request, each a whole number of at least 0. */
export interface TokenCounts {
  /** All input tokens, with those of `cachedInput`, `cacheWrite5m` and `cacheWrite1h`. */
  readonly input: number;
  /** Input that the provider read from its prompt cache. */
  readonly cachedInput: number;
  /** Input that the provider wrote to its prompt cache to keep it for 5 minutes, or for a time without a name. */
  readonly cacheWrite5m: number;
  /** Input that the provider wrote to its prompt cache to keep it for one hour. */
  readonly cacheWrite1h: number;
  /** All output tokens, with those of `reasoning`. */
  readonly output: number;
  /** Output that the model spent on reasoning. */
  readonly reasoning: number;
}

/** What a provider bills for one request. */
export interface Usage {
  readonly tokens: TokenCounts;
  /**
   * Further billed units by name, whole numbers. Token units such as `input_audio` are a part of `tokens.input` or
   * `tokens.output`; others, such as `web_searches`, are counts of their own. `units.ts` lists the known names.
   */
  readonly units: Readonly<Record<string, number>>;
}

/** Whether the provider reported the tokens, or they are estimated from the characters. */
export type UsageSource = 'reported' | 'estimated';

/** A provider's usage in our terms, or why it cannot be read. */
export type NormalizedUsage =
  | { readonly ok: true; readonly usage: Usage }
  | { readonly ok: false; readonly message: string };
