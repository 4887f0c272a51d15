import type { Forecast, HorizonForecast } from '../types';
import { Calendar } from './calendar';
import { HorizonModel, type PastForecast } from './horizon-model';
import { RECENT_MINUTES } from './level';
import type { LoadHistory } from './load-history';
import type { ResidualQuantiles } from './residual-quantiles';

export interface ForecasterOptions {
  /** From the origin to the start of the bin that is forecast, minutes; 5 to 1440. */
  readonly horizonsMinutes: readonly number[];
  /** IANA time zone by whose days the load repeats. @default 'UTC' */
  readonly timeZone?: string;
}

/**
 * Forecasts of a service's load with their uncertainty. Deterministic: the same history gives the same answer to the
 * last bit, from a fresh forecaster and from one that has been asked before.
 */
export class Forecaster {
  private readonly calendar: Calendar;
  private readonly models = new Map<number, HorizonModel>();

  constructor(private readonly options: ForecasterOptions) {
    const wrong = options.horizonsMinutes.filter((minutes) => !(minutes >= 5 && minutes <= 1440));
    if (wrong.length > 0) {
      throw new RangeError(`'horizonsMinutes' must be between 5 and 1440, got ${wrong.join(', ')}`);
    }
    this.calendar = new Calendar(options.timeZone);
  }

  /**
   * @param history at least the last 15 days; what is at or after the origin is not read
   * @param originMinute minutes since 1970; rounded down to the start of a bin
   */
  forecast(history: LoadHistory, originMinute: number): Forecast {
    const origin = Math.floor(originMinute / history.binMinutes);
    const horizons = this.options.horizonsMinutes.map((horizonMinutes) => {
      const model = this.modelOf(history, originMinute, horizonMinutes);
      const point = model.forecast(history, origin);
      return describe(history, origin, horizonMinutes, point, model.quantilesAt(history, origin));
    });
    return forecastAt(history, origin, horizons);
  }

  /** What was forecast at the moments of the last days, oldest first; for a decision that learns from them. */
  pastForecasts(history: LoadHistory, originMinute: number): Forecast[] {
    const models = this.options.horizonsMinutes.map((horizonMinutes) => ({
      horizonMinutes,
      model: this.modelOf(history, originMinute, horizonMinutes),
    }));
    const byOrigin = models.map(
      ({ model }) => new Map(model.pastForecasts.map((past): [number, PastForecast] => [past.origin, past])),
    );
    const origins = [...(byOrigin[0]?.keys() ?? [])].filter((origin) =>
      byOrigin.every((past) => past.has(origin)),
    );
    return origins.map((origin) =>
      forecastAt(
        history,
        origin,
        models.map(({ horizonMinutes, model }, index) => {
          const past = byOrigin[index]?.get(origin) as PastForecast;
          return describe(history, origin, horizonMinutes, past.point, model.pastQuantiles(history, past));
        }),
      ),
    );
  }

  /** Weight of each expert of each horizon, for records. */
  weights(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries([...this.models].map(([ahead, model]) => [String(ahead), model.weights]));
  }

  /** The model of the bin that contains the origin plus the horizon. */
  private modelOf({ binMinutes }: LoadHistory, originMinute: number, horizonMinutes: number): HorizonModel {
    const origin = Math.floor(originMinute / binMinutes);
    const ahead = Math.floor((originMinute + horizonMinutes) / binMinutes) - origin;
    const known = this.models.get(ahead);
    if (known !== undefined) return known;
    const model = new HorizonModel(this.calendar, ahead);
    this.models.set(ahead, model);
    return model;
  }
}

function forecastAt(history: LoadHistory, origin: number, horizons: readonly HorizonForecast[]): Forecast {
  const recent = history.binsIn(RECENT_MINUTES);
  return {
    originMinute: origin * history.binMinutes,
    recentLoad: history.until(origin).mean(origin - recent, origin),
    horizons,
  };
}

function describe(
  { binMinutes }: LoadHistory,
  origin: number,
  horizonMinutes: number,
  point: number,
  quantiles: ResidualQuantiles,
): HorizonForecast {
  return {
    horizonMinutes,
    targetMinute: Math.floor((origin * binMinutes + horizonMinutes) / binMinutes) * binMinutes,
    binMinutes,
    point,
    quantile: (level) => quantiles.quantile(point, level),
  };
}
