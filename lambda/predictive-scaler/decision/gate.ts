/** Below a week there is no second Monday, and a weekend looks like an outage. */
const ENOUGH_DAYS = 7;

/** Twice the widest interval at which CloudWatch or Prometheus deliver, minutes. */
const STALE_AFTER_MINUTES = 10;

/** Share of the last day's steps that has to be there. */
const ENOUGH_COMPLETENESS = 0.8;

/** Forecasts scored before skill and coverage mean anything: a day at 15 minutes. */
const ENOUGH_SCORED = 96;

/** Wide around 0.9: of 96 forecasts that overlap, coverage itself varies by several percent. */
const COVERAGE_OF_Q90 = { least: 0.8, most: 0.98 };

export type GateState = 'WARMING' | 'FORECAST_ONLY' | 'ACTIVE' | 'DEGRADED';

export type GateReason =
  | 'history-too-short'
  | 'data-stale'
  | 'data-incomplete'
  | 'waiting-for-training'
  | 'forecast-unknown'
  | 'too-few-scored'
  | 'no-skill'
  | 'coverage-off'
  | 'not-enabled'
  | 'all-checks-passed';

export interface GateEvidence {
  /** From the first sample to the origin. */
  readonly daysOfHistory: number;
  /** From the end of the last sample to the origin. */
  readonly staleMinutes: number;
  /** Share of the last day's steps with a sample, 0 to 1. */
  readonly completeness: number;
  /** Recent forecasts whose load is known by now. */
  readonly scoredForecasts: number;
  /** 1 - MAE / MAE of persistence over them; below 0 the last value would have been the better forecast. */
  readonly skill: number;
  /** Share of them at or below their 90 % quantile. */
  readonly coverageOfQ90: number;
  /** Sum of their absolute errors as a share of the load (WAPE); no check, for people. */
  readonly error: number;
  /**
   * Whether there is a forecast: `untrained` models wait for a run with time for their training, an `unknown` one is
   * not a number. @default 'known'
   */
  readonly forecast?: 'known' | 'untrained' | 'unknown';
}

export interface GateVerdict {
  readonly state: GateState;
  readonly reason: GateReason;
  /** What has to happen for the next state; empty where there is nothing to wait for. */
  readonly waitsFor: string;
  readonly evidence: GateEvidence;
}

/** @param enabled whether the operator lets the scaler act; it only forecasts otherwise */
export function gate(evidence: GateEvidence, enabled: boolean): GateVerdict {
  const reason = reasonOf(evidence, enabled);
  return { state: stateOf(reason), reason, waitsFor: waitsFor(reason, evidence), evidence };
}

/** Whether loads of late are unknown: then nothing speaks for less replicas. */
export function isDataMissing(evidence: GateEvidence): boolean {
  return isStale(evidence) || isIncomplete(evidence);
}

function isStale({ staleMinutes }: GateEvidence): boolean {
  return !(staleMinutes <= STALE_AFTER_MINUTES);
}

function isIncomplete({ completeness }: GateEvidence): boolean {
  return !(completeness >= ENOUGH_COMPLETENESS);
}

/** Every check is written so that NaN fails it. */
function reasonOf(evidence: GateEvidence, enabled: boolean): GateReason {
  const { coverageOfQ90, forecast = 'known' } = evidence;
  if (!(evidence.daysOfHistory >= ENOUGH_DAYS)) return 'history-too-short';
  if (isStale(evidence)) return 'data-stale';
  if (isIncomplete(evidence)) return 'data-incomplete';
  if (forecast === 'untrained') return 'waiting-for-training';
  if (forecast === 'unknown') return 'forecast-unknown';
  if (!(evidence.scoredForecasts >= ENOUGH_SCORED)) return 'too-few-scored';
  if (!(evidence.skill > 0)) return 'no-skill';
  if (!(coverageOfQ90 >= COVERAGE_OF_Q90.least && coverageOfQ90 <= COVERAGE_OF_Q90.most))
    return 'coverage-off';
  return enabled ? 'all-checks-passed' : 'not-enabled';
}

function stateOf(reason: GateReason): GateState {
  switch (reason) {
    case 'history-too-short':
      return 'WARMING';
    case 'too-few-scored':
    case 'not-enabled':
      return 'FORECAST_ONLY';
    case 'data-stale':
    case 'data-incomplete':
    case 'waiting-for-training':
    case 'forecast-unknown':
    case 'no-skill':
    case 'coverage-off':
      return 'DEGRADED';
    case 'all-checks-passed':
      return 'ACTIVE';
  }
}

function waitsFor(reason: GateReason, evidence: GateEvidence): string {
  switch (reason) {
    case 'history-too-short':
      return `${ENOUGH_DAYS} days of history, has ${evidence.daysOfHistory.toFixed(1)}`;
    case 'data-stale':
      return `a sample of the last ${STALE_AFTER_MINUTES} minutes, the last ended ${evidence.staleMinutes} minutes ago`;
    case 'data-incomplete':
      return `${percent(ENOUGH_COMPLETENESS)} of the last day's samples, has ${percent(evidence.completeness)}`;
    case 'waiting-for-training':
      return 'a run with time left to train its models';
    case 'forecast-unknown':
      return 'models trained afresh, the forecast is not a number';
    case 'too-few-scored':
      return `${ENOUGH_SCORED} forecasts to compare with what came, has ${evidence.scoredForecasts}`;
    case 'no-skill':
      return `errors below those of the last value, skill is ${percent(evidence.skill)}`;
    case 'coverage-off':
      return `${percent(COVERAGE_OF_Q90.least)} to ${percent(COVERAGE_OF_Q90.most)} of loads within the 90 % quantile, has ${percent(evidence.coverageOfQ90)}`;
    case 'not-enabled':
      return 'the operator to let it act';
    case 'all-checks-passed':
      return '';
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
