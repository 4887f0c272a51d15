import type { PriceRow } from './price-row';

/** What a file of prices has. */
export interface ImportedPrices {
  readonly rows: readonly PriceRow[];
  /** What is wrong with the file, a sentence each; nothing is imported unless there is none. */
  readonly problems: readonly string[];
  /** What the file has that no price is made of, a sentence each. */
  readonly ignored: readonly string[];
}
