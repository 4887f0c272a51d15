import { replicasFor } from '../decision/capacity';
import { Calendar } from '../model/calendar';
import { type WeeklyPattern, weeklyPatterns } from '../recommendation/load-patterns';
import { BASELINE_NAMES, type BaselineName } from './baselines';
import { type ForecastOutcome, type ForecastScores, scoreForecasts } from './forecast-scores';
import {
  constant,
  hpaAlone,
  hpaReplicas,
  inForce,
  type PolicyOutcome,
  perfectForesight,
  policyOutcome,
  type ScalingSettings,
} from './policy-replay';
import { type HpaRecommendation, recommendHpa } from './recommend-hpa';
import type { ReplayedForecast, ReplayedMoment } from './replay';
import { historyOf, minuteLoads, type Trace } from './trace';

/** Target utilisation of the HPA to compare with, 0 to 1. */
export const HPA_TARGET = 0.7;
/** Target utilisation of the HPA with the seed's floor, 0 to 1. */
const SEED_HPA_TARGET = 0.9;

/** The seed's rule: a fifth more than the forecast. */
const SEED_BUFFER = 1.2;

/** Reported names of the policies. */
export const POLICY_NAMES = {
  hpa: 'HPA at 70 %',
  linear: "seed's regression and rule as floor, HPA at 90 %",
  seed: "seed's rule on our forecast as floor, HPA at 90 %",
  adaptive: 'adaptive floor and HPA target',
  adaptiveFloor: 'adaptive floor, HPA at 70 %',
  perfect: 'perfect foresight',
} as const;

/** Id of a simulated policy. */
export type PolicyId = keyof typeof POLICY_NAMES;

/** Result of one policy. */
export interface NamedOutcome extends PolicyOutcome {
  /** The policy. */
  readonly id: PolicyId;
}

/** Scores of one horizon. */
export interface HorizonReport {
  /** Time from the origin to the forecast bin, minutes. */
  readonly horizonMinutes: number;
  /** Scores of the forecaster. */
  readonly model: ForecastScores;
  /** Scores of the baselines. */
  readonly baselines: Readonly<Record<BaselineName, ForecastScores>>;
}

/** Results of the backtest of one trace; plain data. */
export interface TraceReport {
  /** Name of the trace. */
  readonly name: string;
  /** First scored minute, since 1970-01-01 UTC. */
  readonly startMinute: number;
  /** Time between two forecasts, minutes. */
  readonly cadenceMinutes: number;
  /** Load of each minute from the start on; NaN where it was not measured. */
  readonly loads: Float64Array;
  /** Forecasts and decisions, oldest first. */
  readonly moments: readonly ReplayedMoment[];
  /** Scores of the forecasts, by horizon. */
  readonly horizons: readonly HorizonReport[];
  /** Results of the policies; empty for traces too coarse to simulate scaling. */
  readonly policies: readonly NamedOutcome[];
  /** Loads by hour of the week, over the whole trace. */
  readonly patterns: readonly WeeklyPattern[];
  /** Recommended settings of an HPA. @default - none: the trace is too coarse, or shorter than two days */
  readonly recommendation?: HpaRecommendation;
}

/** Settings of a backtest. */
export interface BacktestSettings extends ScalingSettings {
  /** IANA time zone of the load's daily pattern. */
  readonly timeZone: string;
}

/** Scores the replay of a trace. */
export function reportTrace(
  trace: Trace,
  moments: readonly ReplayedMoment[],
  settings: BacktestSettings,
): TraceReport {
  const { name, startMinute, cadenceMinutes, simulatesScaling } = trace;
  const loads = minuteLoads(trace);
  const policies = simulatesScaling ? replayPolicies(loads, cadenceMinutes, moments, settings) : [];
  const predictiveReplicas = policies.find(({ id }) => id === 'adaptiveFloor')?.replicas;
  return {
    name,
    startMinute,
    cadenceMinutes,
    loads,
    moments,
    horizons: trace.horizonsMinutes.map((horizonMinutes, index) =>
      scoreHorizon(moments, horizonMinutes, index),
    ),
    policies,
    patterns: weeklyPatterns(historyOf(trace), new Calendar(settings.timeZone)),
    recommendation: simulatesScaling
      ? recommendHpa({ loads, startMinute, settings, givenTarget: HPA_TARGET, predictiveReplicas })
      : undefined,
  };
}

function scoreHorizon(
  moments: readonly ReplayedMoment[],
  horizonMinutes: number,
  index: number,
): HorizonReport {
  const forecasts = moments.map((moment) => moment.forecasts[index] as ReplayedForecast);
  const scoreBaseline = (name: BaselineName) =>
    scoreForecasts(forecasts.map((it) => outcomeOf(it, it.baselines[name], [])));
  return {
    horizonMinutes,
    model: scoreForecasts(forecasts.map((it) => outcomeOf(it, it.point, it.quantiles))),
    baselines: Object.fromEntries(BASELINE_NAMES.map((name) => [name, scoreBaseline(name)])) as Record<
      BaselineName,
      ForecastScores
    >,
  };
}

function outcomeOf(
  { load, baselines }: ReplayedForecast,
  point: number,
  quantiles: readonly number[],
): ForecastOutcome {
  return { load, point, quantiles, persistence: baselines.persistence, yesterday: baselines.yesterday };
}

function replayPolicies(
  loads: Float64Array,
  cadenceMinutes: number,
  moments: readonly ReplayedMoment[],
  settings: ScalingSettings,
): NamedOutcome[] {
  const { minReplicas, maxReplicas } = settings;
  const initial = initialReplicas(moments, settings);
  const spread = (decisions: readonly number[], before: number) =>
    inForce(decisions, cadenceMinutes, before, loads.length);
  const underHpa = (floors: readonly number[], targets: Float64Array) =>
    hpaReplicas(loads, targets, spread(floors, initial), settings);
  const underSeedHpa = (load: (forecast: ReplayedForecast) => number) =>
    underHpa(seedFloors(moments, load, settings), constant(loads.length, SEED_HPA_TARGET));
  const decisions = moments.flatMap(({ decision }) => decision ?? []);
  const within = (replicas: number) => Math.min(Math.max(replicas, minReplicas), maxReplicas);
  const floors = decisions.map(({ replicas }) => within(replicas));
  const fixedFloors = decisions.map(({ replicasUnderFixedHpa }) => within(replicasUnderFixedHpa));
  const targets = spread(
    decisions.map(({ hpaTarget }) => hpaTarget),
    HPA_TARGET,
  );
  const outcome = (id: PolicyId, replicas: Float64Array) => ({
    id,
    ...policyOutcome(loads, replicas, settings),
  });
  return [
    outcome('hpa', hpaAlone(loads, HPA_TARGET, settings)),
    outcome(
      'linear',
      underSeedHpa(({ baselines }) => baselines['linear regression on 7 days']),
    ),
    outcome(
      'seed',
      underSeedHpa(({ point }) => point),
    ),
    ...(decisions.length < moments.length
      ? []
      : [
          outcome('adaptive', underHpa(floors, targets)),
          outcome('adaptiveFloor', underHpa(fixedFloors, constant(loads.length, HPA_TARGET))),
        ]),
    outcome('perfect', perfectForesight(loads, cadenceMinutes, moments.length, settings)),
  ];
}

/** Replicas before the first decision is in force: the seed's rule on the last known load. */
function initialReplicas(moments: readonly ReplayedMoment[], settings: ScalingSettings): number {
  const last = moments[0]?.forecasts[0]?.baselines.persistence ?? 0;
  return replicasFor(SEED_BUFFER * (Number.isNaN(last) ? 0 : last), settings);
}

/** Floors of the seed's rule. @param load forecast that the rule uses */
function seedFloors(
  moments: readonly ReplayedMoment[],
  load: (forecast: ReplayedForecast) => number,
  settings: ScalingSettings,
): number[] {
  return moments.map(({ forecasts }) => {
    const known = forecasts.map(load).filter((one) => !Number.isNaN(one));
    return replicasFor(SEED_BUFFER * Math.max(0, ...known), settings);
  });
}
