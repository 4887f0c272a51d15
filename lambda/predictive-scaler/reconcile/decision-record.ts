import type { WorkloadSettings } from '../constants';
import type { HpaSnapshot } from '../hpa/hpa-client';
import { RECENT_MINUTES } from '../model/level';
import { BIN_MINUTES } from '../state/stored-history';
import type { DecisionRecord } from '../telemetry/run-report';
import type { FloorDecision } from './decide-floor';
import type { Run } from './run';
import type { WorkloadForecast } from './workload-forecast';

/** Quantile that is reported as a forecast's upper bound, a probability. */
const UPPER_LEVEL = 0.95;

interface DecisionParts {
  readonly settings: WorkloadSettings;
  readonly workloadForecast: WorkloadForecast;
  readonly floor: FloorDecision;
  readonly hpa: HpaSnapshot;
  readonly run: Run;
  /** Why the stored state could not be used. @default - it was used */
  readonly rebuilt?: string;
}

/** All inputs and results of a decision, for the log. */
export function decisionRecord({
  settings,
  workloadForecast,
  floor,
  hpa,
  run,
  rebuilt,
}: DecisionParts): DecisionRecord {
  const { forecast, gate, history, weights } = workloadForecast;
  return {
    mode: settings.mode,
    slotMinute: run.slotMinute,
    originMinute: run.originMinute,
    gate,
    load: history.lastMinutes(run.originMinute / BIN_MINUTES, RECENT_MINUTES),
    forecasts: forecast.horizons.map(({ horizonMinutes, point, quantile }) => ({
      horizonMinutes,
      point,
      upper: quantile(UPPER_LEVEL),
    })),
    weights,
    floor: floor.decision.minReplicas,
    base: settings.baseMinReplicas,
    maximum: hpa.maxReplicas,
    currentReplicas: hpa.currentReplicas,
    reason: floor.decision.reason,
    message: floor.decision.message,
    leaseEndMinute: floor.leaseEndMinute,
    ...(rebuilt !== undefined && { rebuilt }),
  };
}
