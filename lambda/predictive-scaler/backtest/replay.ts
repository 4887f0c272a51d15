import { Calendar } from '../model/calendar';
import { Forecaster } from '../model/forecaster';
import type { LoadHistory } from '../model/load-history';
import type { PeakWindow } from '../model/peak-features';
import type { Forecast, HorizonForecast } from '../types';
import { BASELINE_NAMES, BASELINES, type BaselineName } from './baselines';
import { QUANTILE_LEVELS } from './forecast-scores';
import { historyOf, originsOf, type Trace } from './trace';

/** Days before an origin that are read: CloudWatch keeps one-minute metrics as long. */
const HISTORY_DAYS = 15;

/** Decision of a predictive policy at an origin. */
export interface FloorDecision {
  /** Floor: `minReplicas` of the HPA. */
  readonly replicas: number;
  /** Target utilisation of the HPA that the policy chooses, 0 to 1. */
  readonly hpaTarget: number;
  /** Floor of an HPA with a fixed target. */
  readonly replicasUnderFixedHpa: number;
  /** Reason of the decision. */
  readonly reason: string;
}

/** What is known at a decision. */
export interface DecisionMoment {
  /** Moment of the decision, minutes since 1970-01-01 UTC. */
  readonly originMinute: number;
  /** Loads of the last 15 days, before the origin. */
  readonly history: LoadHistory;
  /** Forecast at the origin. */
  readonly forecast: Forecast;
  /** Computes the forecasts of the last days, oldest first. */
  readonly pastForecasts: () => readonly Forecast[];
}

/** Decides at each origin in order; it may keep state between origins. */
export type Decider = (moment: DecisionMoment) => FloorDecision;

/** Forecast of one bin, in the unit of the load. */
export interface ReplayedForecast {
  /** Time from the origin to the bin, minutes. */
  readonly horizonMinutes: number;
  /** Start of the bin, minutes since 1970-01-01 UTC. */
  readonly targetMinute: number;
  /** Measured load; NaN where unknown. */
  readonly load: number;
  /** Median of the forecast. */
  readonly point: number;
  /** Quantiles in the order of QUANTILE_LEVELS. */
  readonly quantiles: readonly number[];
  /** Forecasts of the baselines; NaN where unknown. */
  readonly baselines: Readonly<Record<BaselineName, number>>;
}

/** Forecasts and decision at one origin; plain data. */
export interface ReplayedMoment {
  /** Moment of the forecast, minutes since 1970-01-01 UTC. */
  readonly originMinute: number;
  /** Forecasts by horizon. */
  readonly forecasts: readonly ReplayedForecast[];
  /** Decision of the decider. @default - none */
  readonly decision?: FloorDecision;
}

/** Options of a replay. */
export interface ReplayOptions {
  /** IANA time zone of the load's daily pattern. @default 'UTC' */
  readonly timeZone?: string;
  /** Decides at each origin. @default - no decisions */
  readonly decider?: Decider;
  /** Window whose busiest minute is forecast for the decider. @default - no forecast of a peak */
  readonly peakWindow?: PeakWindow;
}

/**
 * Replays a trace as if it happened now: at each origin it forecasts and decides, with the 15 days before the origin
 * only.
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
