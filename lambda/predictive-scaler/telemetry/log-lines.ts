import type { RunReport, WorkloadReport } from './run-report';

type Level = 'ERROR' | 'WARN' | 'INFO';

/**
 * What a run did about a workload, and every number that made its floor.
 * @param nowMs ms since 1970
 */
export function workloadLogLine(run: RunReport, report: WorkloadReport, nowMs: number): string {
  const { shard, runId } = run;
  return logLine(levelOf(report), { shard, runId, ...report, ...times(report) }, nowMs);
}

/** What a run came to; only worth a line where the dead man's switch could not be pushed. */
export function runLogLines({ shard, runId, switchProblem }: RunReport, nowMs: number): string[] {
  if (!switchProblem) return [];
  const message = `the dead man's switch was not pushed, and will let the floors go: ${switchProblem.message}`;
  return [logLine('ERROR', { shard, runId, message, problem: switchProblem }, nowMs)];
}

function levelOf({ outcome, problem, record }: WorkloadReport): Level {
  if (problem) return 'ERROR';
  const isNotable = outcome === 'lapsing' || outcome === 'outrun' || outcome === 'repaired';
  return isNotable || record?.gate.state === 'DEGRADED' ? 'WARN' : 'INFO';
}

/** Minutes since 1970 as a person reads them. */
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

export function timeOf(minute: number): string {
  return new Date(minute * 60_000).toISOString().replace('.000Z', 'Z');
}

/** What is no number becomes null. */
function logLine(level: Level, content: object, nowMs: number): string {
  return JSON.stringify({ timestamp: new Date(nowMs).toISOString(), level, ...content });
}
