import { type ConfigInput, isRecord } from '../input';

export const OBJECTIVES_DEFAULTS = {
  latencyP50Milliseconds: 100,
  latencyP95Milliseconds: 500,
  latencyP99Milliseconds: 1000,
  requestsPerSecond: 1000,
  concurrentUsers: 10_000,
  cpuPercent: 70,
  memoryPercent: 80,
  diskIoPercent: 60,
  uptimePercent: 99.9,
  errorRatePercent: 0.1,
  cacheHitPercent: 60,
  llmLatencyMilliseconds: 2000,
  llmTimeoutPercent: 0.5,
  gatewayOverheadMilliseconds: 100,
  providerErrorPercent: 5,
  journalUsedPercent: 50,
  callsAbandonedPerHour: 10,
  budgetLimitsPerHour: 0,
  capacityUsedPercent: 80,
  poolWaiting: 5,
  rejectedRecordsPerHour: 100,
  unpricedRequestsPerDay: 0,
  requestsLeftActive: 100,
  slowQueriesPer5Minutes: 10,
  pinnedConnectionsPercent: 10,
  freeStoragePercent: 5,
  cdnErrorPercent: 1,
  leastRequests: 100,
  leastLlmCalls: 30,
};

export const ALARMS_DEFAULTS = { runbookUrl: 'docs/runbook.md', pageEmails: [], ticketEmails: [] };

/** No budget unless the input has one: its amount has no sensible default. */
export function budgetDefaults({ budget }: ConfigInput) {
  return isRecord(budget) ? { forecastPercents: [100], spentPercents: [80, 100] } : null;
}
