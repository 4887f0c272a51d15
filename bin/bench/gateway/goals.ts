/** Figures to reach on two cores, everything on one machine. */
export const GOALS = {
  /** Rate at 32 connections, as a multiple of the peer's. */
  timesPeer: 8,
  /** Rate at 32 connections, as a share of the bare route's. */
  shareOfBare: 0.6,
  /** Added time of a call at one connection, median, ms. */
  addedMs: 0.8,
  /** Added time until the first byte of a stream, median, ms. */
  addedFirstByteMs: 1,
  /** Answers of the cache a second. */
  hitsPerSecond: 10_000,
  /** Memory of the API process, MiB. */
  residentMebibytes: 256,
} as const;
