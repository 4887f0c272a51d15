import { timeOf } from '../../../lambda/predictive-scaler/telemetry/log-lines';
import type { WorkloadReport } from '../../../lambda/predictive-scaler/telemetry/run-report';

/** A run as a line for people. */
export function runLine({ outcome, message, problem, record }: WorkloadReport, atMs: number): string {
  const time = timeOf(Math.floor(atMs / 60_000));
  if (record === undefined) return `${time}  ${outcome}: ${problem?.message ?? message}`;
  const forecasts = record.forecasts.map(
    ({ horizonMinutes, point, upper }) =>
      `${horizonMinutes} min ${number(point)} (95 % below ${number(upper)})`,
  );
  return [
    `${time}  load ${number(record.load)}/s`,
    forecasts.length === 0 ? 'no forecast' : `forecast ${forecasts.join(', ')}`,
    `floor ${record.floor} (base ${record.base}, maximum ${record.maximum})`,
    `pods ${record.currentReplicas}`,
    `${record.gate.state} (${record.gate.reason})${record.gate.waitsFor && `, waits for ${record.gate.waitsFor}`}`,
    `${outcome}: ${record.message}`,
    ...(problem ? [`problem ${problem.kind}: ${problem.message}`] : []),
  ].join('  ');
}

/** The same as a line of JSON; unknown loads are null. */
export function runJson({ outcome, message, problem, record }: WorkloadReport, atMs: number): string {
  const decision = record && {
    load: known(record.load),
    forecasts: record.forecasts.map(({ horizonMinutes, point, upper }) => ({
      horizon_minutes: horizonMinutes,
      point: known(point),
      upper_95: known(upper),
    })),
    floor: record.floor,
    base: record.base,
    maximum: record.maximum,
    replicas: record.currentReplicas,
    gate: record.gate.state,
    gate_reason: record.gate.reason,
    reason: record.reason,
  };
  return JSON.stringify({
    at: new Date(atMs).toISOString(),
    outcome,
    message,
    ...decision,
    problem: problem ?? null,
  });
}

function known(load: number): number | null {
  return Number.isFinite(load) ? Math.round(load * 1000) / 1000 : null;
}

function number(load: number): string {
  return Number.isFinite(load) ? load.toFixed(1) : 'unknown';
}
