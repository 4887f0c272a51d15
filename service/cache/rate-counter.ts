/** Requests of a window so far. */
export interface RateCount {
  /** Requests, the counted one included. */
  readonly requests: number;
  /** Time until the window ends, ms. */
  readonly remainingMs: number;
}

/** Counts requests in fixed windows. A key's window begins with its first request. */
export interface RateCounter {
  /**
   * Counts a request.
   * @param key whose requests are counted
   * @param windowMs length of the window, ms
   */
  count(key: string, windowMs: number): Promise<RateCount>;
}
