import type { RunReport, WorkloadReport } from './run-report';

type Level = 'ERROR' | 'WARN' | 'INFO';

/**
 * Log line about a workload: the outcome, and all numbers behind its floor.
 * @param nowMs current time, ms since 1970-01-01 UTC
 */
export function workloadLogLine(run: RunReport, report: WorkloadReport, nowMs: number): string {
  const { shard, runId } = run;
  return logLine(levelOf(report), { shard, runId, ...report, ...times(report) }, nowMs);
}

/** Log lines about the run itself: one if the dead man's switch could not be extended, otherwise none. */
export function runLogLines({ shard, runId, switchProblem }: RunReport, nowMs: number): string[] {
  if (!switchProblem) return [];
  const message = `the dead man's switch was not extended and will release the floors: ${switchProblem.message}`;
  return [logLine('ERROR', { shard, runId, message, problem: switchProblem }, nowMs)];
}

function levelOf({ outcome, problem, record }: WorkloadReport): Level {
  if (problem) return 'ERROR';
  const isNotable = outcome === 'lapsing' || outcome === 'outrun' || outcome === 'repaired';
  return isNotable || record?.gate.state === 'DEGRADED' ? 'WARN' : 'INFO';
}

/** Moments as RFC 3339 instead of minutes. */
function times({ leaseEndMinute, record }: WorkloadReport) {
  return {
    leaseEndMinute: undefined,
    ...(leaseEndMinute !== undefined && { leaseEnd: timeOf(leaseEndMinute) }),
    ...(record && {
      record: {
        ...record,
        slotMinute: undefined,
        originMinute: undefined,
        leaseEndMinute: undefined,
        slot: timeOf(record.slotMinute),
        origin: timeOf(record.originMinute),
        leaseEnd: timeOf(record.leaseEndMinute),
      },
    }),
  };
}

/** A minute since 1970-01-01 UTC as RFC 3339. */
export function timeOf(minute: number): string {
  return new Date(minute * 60_000).toISOString().replace('.000Z', 'Z');
}

/** A line of JSON; NaN and Infinity become null. */
function logLine(level: Level, content: object, nowMs: number): string {
  return JSON.stringify({ timestamp: new Date(nowMs).toISOString(), level, ...content });
}
