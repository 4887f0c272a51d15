/** Figures to reach on two cores with PostgreSQL on the same machine. */
export const GOALS = {
  /** Rows stored a second from batches. */
  batchRowsPerSecond: 20_000,
  /** Single records stored a second. */
  singlesPerSecond: 3000,
  /** 95th percentile of costs by day and model over a year, ms. */
  costsP95Ms: 50,
  /** 95th percentile of a page of the history, ms. */
  historyP95Ms: 10,
  /** Memory of the API process, MiB. */
  residentMebibytes: 256,
} as const;
