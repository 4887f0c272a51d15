import { timeOf } from '../../lambda/predictive-scaler/telemetry/log-lines';
import type { DecisionRecord, WorkloadReport } from '../../lambda/predictive-scaler/telemetry/run-report';

/** What was done about a workload, and why, as a block of lines. */
export function formatReport({ workload, outcome, message, problem, record }: WorkloadReport): string {
  const rows: (readonly [name: string, text: string])[] = record ? rowsOf(record) : [['decision', message]];
  if (problem) rows.push(['problem', `${problem.kind}: ${problem.message}`]);
  return [`${workload}: ${outcome}`, ...rows.map(([name, text]) => `  ${name.padEnd(10)}${text}`)].join('\n');
}

function rowsOf(record: DecisionRecord): (readonly [name: string, text: string])[] {
  const { base, floor, forecasts, gate, load, maximum, weights } = record;
  const { coverageOfQ90, completeness, daysOfHistory, skill } = gate.evidence;
  return [
    ['decision', record.message],
    ['floor', `${floor} replicas, base ${base}, maximum ${maximum}, there are ${record.currentReplicas}`],
    ['lease', `until ${timeOf(record.leaseEndMinute)}`],
    ['gate', `${gate.state} (${gate.reason})${gate.waitsFor && `, waits for ${gate.waitsFor}`}`],
    ['load', `${number(load)} requests per second at ${timeOf(record.originMinute)}`],
    ...forecasts.map(
      ({ horizonMinutes, point, upper }) =>
        ['forecast', `${horizonMinutes} min ahead ${number(point)}, 95 % below ${number(upper)}`] as const,
    ),
    ['worth', `skill ${percent(skill)}, ${percent(coverageOfQ90)} within the 90 % quantile`],
    ['history', `${daysOfHistory.toFixed(1)} days, the last one ${percent(completeness)} complete`],
    ...Object.entries(weights).map(
      ([minutes, experts]) => ['experts', `${minutes} min ahead: ${weightsOf(experts)}`] as const,
    ),
    ...(record.rebuilt === undefined ? [] : [['state', `made anew: ${record.rebuilt}`] as const]),
  ];
}

function weightsOf(experts: Readonly<Record<string, number>>): string {
  return Object.entries(experts)
    .map(([name, weight]) => `${name} ${percent(weight)}`)
    .join(', ');
}

function number(value: number): string {
  return Number.isFinite(value) ? value.toFixed(1) : 'unknown';
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(0)} %` : 'unknown';
}
