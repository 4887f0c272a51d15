import { Calendar } from '../model/calendar';
import { Forecaster } from '../model/forecaster';
import type { LoadHistory } from '../model/load-history';
import type { PeakWindow } from '../model/peak-features';
import type { Forecast, HorizonForecast } from '../types';
import { BASELINE_NAMES, BASELINES, type BaselineName } from './baselines';
import { QUANTILE_LEVELS } from './forecast-scores';
import { historyOf, originsOf, type Trace } from './trace';

/** Days before an origin that may be read: as long as CloudWatch keeps 1-minute metrics. */
const HISTORY_DAYS = 15;

/** What a policy that forecasts decides at an origin. */
export interface FloorDecision {
  /** Floor under the HPA: its `minReplicas`. */
  readonly replicas: number;
  /** Utilisation target of the HPA beside the floor, 0 to 1. */
  readonly hpaTarget: number;
  /** Floor under an HPA whose target is not the policy's to choose. */
  readonly replicasUnderFixedHpa: number;
  /** Why. */
  readonly reason: string;
}

/** What a decision may know. */
export interface DecisionMoment {
  readonly originMinute: number;
  /** The last 15 days; nothing at or after the origin. */
  readonly history: LoadHistory;
  readonly forecast: Forecast;
  /** Forecasts of the last days, oldest first; made when it is asked for. */
  readonly pastForecasts: () => readonly Forecast[];
}

/** Decides at one origin after the other; may remember what it decided. */
export type Decider = (moment: DecisionMoment) => FloorDecision;

/** What was forecast for one bin, in the unit of the load. */
export interface ReplayedForecast {
  readonly horizonMinutes: number;
  /** Start of the bin, minutes since 1970. */
  readonly targetMinute: number;
  /** Load that came; NaN where it was not measured. */
  readonly load: number;
  readonly point: number;
  /** In the order of QUANTILE_LEVELS. */
  readonly quantiles: readonly number[];
  readonly baselines: Readonly<Record<BaselineName, number>>;
}

/** What was forecast and decided at one origin; plain data. */
export interface ReplayedMoment {
  readonly originMinute: number;
  readonly forecasts: readonly ReplayedForecast[];
  /** Absent without a decider. */
  readonly decision?: FloorDecision;
}

export interface ReplayOptions {
  /** IANA time zone by whose days the load repeats. @default 'UTC' */
  readonly timeZone?: string;
  /** @default nothing is decided */
  readonly decider?: Decider;
  /** Window whose busiest minute the decider wants to know. @default none */
  readonly peakWindow?: PeakWindow;
}

/**
 * Goes through a trace as if it happened now: a moment for each origin, forecast and decided from nothing but the 15
 * days before it.
 */
export function* replay(trace: Trace, options: ReplayOptions = {}): Generator<ReplayedMoment> {
  const history = historyOf(trace);
  const calendar = new Calendar(options.timeZone);
  const forecaster = new Forecaster({
    horizonsMinutes: trace.horizonsMinutes,
    timeZone: options.timeZone,
    peakWindow: options.peakWindow,
  });
  for (const originMinute of originsOf(trace)) {
    const known = knownAt(history, originMinute);
    const forecast = forecaster.forecast(known, originMinute);
    const pastForecasts = () => forecaster.pastForecasts(known, originMinute);
    yield {
      originMinute,
      forecasts: forecast.horizons.map((horizon) =>
        describe(horizon, history, known, calendar, originMinute),
      ),
      decision: options.decider?.({ originMinute, history: known, forecast, pastForecasts }),
    };
  }
}

/** The last 15 days before an origin. */
function knownAt(history: LoadHistory, originMinute: number): LoadHistory {
  const origin = Math.floor(originMinute / history.binMinutes);
  return history.until(origin).from(origin - HISTORY_DAYS * history.binsPerDay);
}

function describe(
  { horizonMinutes, targetMinute, point, quantile }: HorizonForecast,
  all: LoadHistory,
  known: LoadHistory,
  calendar: Calendar,
  originMinute: number,
): ReplayedForecast {
  const origin = Math.floor(originMinute / all.binMinutes);
  const target = Math.floor(targetMinute / all.binMinutes);
  const question = { history: known, calendar, origin, target };
  const baselines = BASELINE_NAMES.map((name) => [name, BASELINES[name](question)]);
  return {
    horizonMinutes,
    targetMinute,
    load: all.at(target),
    point,
    quantiles: QUANTILE_LEVELS.map(quantile),
    baselines: Object.fromEntries(baselines) as Record<BaselineName, number>,
  };
}
