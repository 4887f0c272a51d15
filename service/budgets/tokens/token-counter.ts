/** A minute in which tokens are counted. */
export interface TokenWindow {
  /** Whose tokens are counted, such as `key:<id>`. */
  readonly name: string;
  /** Whole minutes since 1970. Pods count in the same minute as long as their clocks agree. */
  readonly minute: number;
}

/** What became of a question for tokens. */
export interface TokenCount {
  /** Whether the tokens were within the limit, and are counted. */
  readonly granted: boolean;
  /** Tokens of the minute so far, those of this question included where they were granted. */
  readonly used: number;
}

/** Counts tokens by minute. */
export interface TokenCounter {
  /**
   * Counts tokens unless the minute would hold more than its limit.
   * @param tokens at least 0
   * @param limit most tokens of the minute
   */
  take(window: TokenWindow, tokens: number, limit: number): Promise<TokenCount>;
  /** Counts tokens, whatever the limit. @param tokens below 0 gives tokens back; a count never falls below 0 */
  add(window: TokenWindow, tokens: number): Promise<void>;
}

/** Length of a window, ms. */
export const MINUTE_MS = 60_000;

/** The minute of an instant. */
export function minuteOf(at: Date): number {
  return Math.floor(at.getTime() / MINUTE_MS);
}
