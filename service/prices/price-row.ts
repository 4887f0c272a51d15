import type { PicoUsd } from './money';

/** Where a price comes from, the strongest first: people's own prices win over public lists. */
export const PRICE_SOURCES = ['own', 'csv', 'litellm', 'genai-prices'] as const;

/** One of the sources of prices. */
export type PriceSource = (typeof PRICE_SOURCES)[number];

/** Sources that publish list prices; the others hold what people pay. */
export const LIST_SOURCES: readonly PriceSource[] = ['litellm', 'genai-prices'];

/** Part of a day in UTC in which a price applies, such as a provider's off-peak hours. */
export interface DailyWindow {
  /** Seconds after midnight UTC, included. */
  readonly fromSeconds: number;
  /** Seconds after midnight UTC, excluded; smaller than `fromSeconds` where the window passes midnight. */
  readonly untilSeconds: number;
}

/** The price of one unit of a model. A row is never changed; a later row follows it. */
export interface PriceRow {
  /** Provider's id, such as `openai`. */
  readonly provider: string;
  /** Canonical model id, such as `gpt-4o`. */
  readonly model: string;
  /** Billed unit, such as `input`, `cached_input` or `web_searches`. */
  readonly unit: string;
  /** `standard`, `batch`, `flex`, `priority` or a name of the provider's own. */
  readonly serviceTier: string;
  /** The provider's region; empty for all regions. */
  readonly region: string;
  /** The price applies to requests with more input tokens than this. */
  readonly aboveInputTokens: number;
  /** Price of a million units. */
  readonly usdPerMillion: PicoUsd;
  /** Included. */
  readonly validFrom: Date;
  /** Excluded; null for a price without an end. */
  readonly validUntil: Date | null;
  /** Null for the whole day. */
  readonly daily: DailyWindow | null;
  readonly source: PriceSource;
  /** The project whose price it is; null for all projects. */
  readonly projectId: string | null;
}

/** Service tier of a request that names none, and of a price that is for no other. */
export const STANDARD_TIER = 'standard';

/** The beginning of a price whose first day is unknown. */
export const SINCE_EVER = new Date(0);
