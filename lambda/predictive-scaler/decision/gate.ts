/** Fewest days of history: within a week no weekday repeats, and a weekend looks like an outage. */
const MIN_HISTORY_DAYS = 7;

/** Age of the last sample from which data are stale, minutes: twice the widest step. */
const STALE_AFTER_MINUTES = 10;

/** Smallest share of the last day's steps with a sample. */
const MIN_COMPLETENESS = 0.8;

/** Fewest scored forecasts for meaningful skill and coverage: a day at 15 minutes. */
const MIN_SCORED_FORECASTS = 96;

/**
 * Accepted coverage of the 90 % quantile: a wide range, because that of 96 overlapping forecasts varies by several
 * percent.
 */
const COVERAGE_OF_Q90 = { least: 0.8, most: 0.98 };

/** Whether forecasts may set floors: only in ACTIVE. */
export type GateState = 'WARMING' | 'FORECAST_ONLY' | 'ACTIVE' | 'DEGRADED';

/** Check that decided the state. */
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

/** Numbers that the gate checks. */
export interface GateEvidence {
  /** Days from the first sample to the origin. */
  readonly daysOfHistory: number;
  /** Minutes from the end of the last sample to the origin. */
  readonly staleMinutes: number;
  /** Share of the last day's steps with a sample, 0 to 1. */
  readonly completeness: number;
  /** Number of recent forecasts whose load is known by now. */
  readonly scoredForecasts: number;
  /** Skill of these forecasts: 1 - MAE / MAE of repeating the last load; below 0 repeating is better. */
  readonly skill: number;
  /** Share of their loads at or below the 90 % quantile, 0 to 1. */
  readonly coverageOfQ90: number;
  /** Sum of their absolute errors as a share of the load (WAPE); reported only, not checked. */
  readonly error: number;
  /**
   * Whether there is a forecast: `untrained` models wait for a run with enough time for training; an `unknown` forecast
   * is not a finite number. @default 'known'
   */
  readonly forecast?: 'known' | 'untrained' | 'unknown';
}

/** State of the gate, and why. */
export interface GateVerdict {
  /** Whether forecasts may set floors. */
  readonly state: GateState;
  /** Check that decided the state. */
  readonly reason: GateReason;
  /** What must happen for the next state; empty in ACTIVE. */
  readonly waitsFor: string;
  /** Numbers that were checked. */
  readonly evidence: GateEvidence;
}

/**
 * Decides whether forecasts may set floors.
 * @param enabled whether the operator allows it; otherwise the best state is FORECAST_ONLY
 */
export function gate(evidence: GateEvidence, enabled: boolean): GateVerdict {
  const reason = reasonOf(evidence, enabled);
  return { state: stateOf(reason), reason, waitsFor: waitsFor(reason, evidence), evidence };
}

/** Whether recent loads are unknown; floors must not be lowered then. */
export function isDataMissing(evidence: GateEvidence): boolean {
  return isStale(evidence) || isIncomplete(evidence);
}

function isStale({ staleMinutes }: GateEvidence): boolean {
  return !(staleMinutes <= STALE_AFTER_MINUTES);
}

function isIncomplete({ completeness }: GateEvidence): boolean {
  return !(completeness >= MIN_COMPLETENESS);
}

/** First check that fails. Each is written so that NaN fails it. */
function reasonOf(evidence: GateEvidence, enabled: boolean): GateReason {
  const { coverageOfQ90, forecast = 'known' } = evidence;
  if (!(evidence.daysOfHistory >= MIN_HISTORY_DAYS)) return 'history-too-short';
  if (isStale(evidence)) return 'data-stale';
  if (isIncomplete(evidence)) return 'data-incomplete';
  if (forecast === 'untrained') return 'waiting-for-training';
  if (forecast === 'unknown') return 'forecast-unknown';
  if (!(evidence.scoredForecasts >= MIN_SCORED_FORECASTS)) return 'too-few-scored';
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
      return `${MIN_HISTORY_DAYS} days of history, has ${evidence.daysOfHistory.toFixed(1)}`;
    case 'data-stale':
      return `a sample of the last ${STALE_AFTER_MINUTES} minutes, the last ended ${evidence.staleMinutes} minutes ago`;
    case 'data-incomplete':
      return `${percent(MIN_COMPLETENESS)} of the last day's samples, has ${percent(evidence.completeness)}`;
    case 'waiting-for-training':
      return 'a run with time left to train its models';
    case 'forecast-unknown':
      return 'newly trained models, the forecast is not a finite number';
    case 'too-few-scored':
      return `${MIN_SCORED_FORECASTS} forecasts with known loads, has ${evidence.scoredForecasts}`;
    case 'no-skill':
      return `errors below those of repeating the last load, skill is ${percent(evidence.skill)}`;
    case 'coverage-off':
      return `${percent(COVERAGE_OF_Q90.least)} to ${percent(COVERAGE_OF_Q90.most)} of loads within the 90 % quantile, has ${percent(evidence.coverageOfQ90)}`;
    case 'not-enabled':
      return 'the operator to enable it';
    case 'all-checks-passed':
      return '';
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
