/**
 * The KPIs that a client can measure. The same as the defaults of `objectives` in lib/config/defaults/defaults.ts, which k6
 * cannot import; a test holds them together.
 */
export const OBJECTIVES = {
  latencyP50Milliseconds: 100,
  latencyP95Milliseconds: 500,
  latencyP99Milliseconds: 1000,
  requestsPerSecond: 1000,
  concurrentUsers: 10_000,
  errorRatePercent: 0.1,
  cacheHitPercent: 60,
  llmLatencyMilliseconds: 2000,
  llmTimeoutPercent: 0.5,
} as const;
