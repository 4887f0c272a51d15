/** Requests of a window so far. */
export interface RateCount {
  /** Requests, the counted ones included. */
  readonly requests: number;
  /** Time until the window ends, ms. */
  readonly remainingMs: number;
}

/** Counts requests in fixed windows. A key's window begins with its first request. */
export interface RateCounter {
  /**
   * Counts requests.
   * @param key whose requests are counted
   * @param windowMs length of the window, ms
   * @param requests how many. @default 1
   */
  count(key: string, windowMs: number, requests?: number): Promise<RateCount>;
}
