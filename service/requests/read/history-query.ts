/** Which requests a question is about. */
export interface RequestFilters {
  /** Project, a UUID. @default - all projects that the key sees */
  readonly project?: string;
  /** Id of the user. @default - all */
  readonly user?: string;
  /** Provider. @default - all */
  readonly provider?: string;
  /** Model. @default - all */
  readonly model?: string;
  /** State of the request. @default - all */
  readonly status?: 'active' | 'completed' | 'failed';
  /** How far the request is priced. @default - all */
  readonly pricing?: 'priced' | 'partial' | 'unpriced';
  /** Tags that the request must have, by name. @default - none */
  readonly tags?: Readonly<Record<string, string>>;
  /** First time, included. @default - the oldest request */
  readonly from?: Date;
  /** Last time, excluded. @default - the newest request */
  readonly to?: Date;
}

/** Order of a history; all orders are descending. */
export type HistorySort = 'timestamp' | 'cost' | 'latency';

/** A page of requests to show. */
export interface HistoryQuery extends RequestFilters {
  /** By `cost` or `latency` only with `from` and `to` at most 31 days apart. @default 'timestamp' */
  readonly sort?: HistorySort;
  /** Rows of a page, 1 to 1,000. @default 100 */
  readonly limit?: number;
  /** `next_cursor` of the page before. @default - the first page */
  readonly cursor?: string;
}

/** A search for words of prompts. */
export interface PromptSearchQuery extends RequestFilters {
  /** Words, "phrases" and -exclusions, as in a web search. */
  readonly words: string;
  /** Rows of a page, 1 to 1,000. @default 100 */
  readonly limit?: number;
  /** `next_cursor` of the page before. @default - the first page */
  readonly cursor?: string;
}

/** Requests to export, oldest first. */
export interface ExportQuery extends RequestFilters {
  readonly format: 'csv' | 'ndjson';
  /** Id of the last complete row of an export that was cut; the export goes on after it. @default - from the start */
  readonly after?: string;
}
