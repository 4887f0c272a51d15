import { deserialize, serialize } from 'node:v8';
import type { Forecast, HorizonForecast } from '../types';
import { Calendar } from './calendar';
import { HorizonModel, type HorizonState, type PastForecast } from './horizon-model';
import { RECENT_MINUTES } from './level';
import type { LoadHistory } from './load-history';
import type { PeakWindow } from './peak-features';
import { PeakModel, type PeakState } from './peak-model';
import type { ResidualQuantiles } from './residual-quantiles';
import { checkTrainingMinute, trainingDayOf } from './training-day';

/** Version of the saved models; every change of the models increases it, so that old ones are not reused. */
const FORMAT = 1;

/** Options of a forecaster. */
export interface ForecasterOptions {
  /** Times from the origin to the start of the forecast bins, minutes; each 5 to 1440. */
  readonly horizonsMinutes: readonly number[];
  /** Window whose busiest minute is forecast. @default - no forecast of a peak */
  readonly peakWindow?: PeakWindow;
  /** IANA time zone of the load's daily pattern. @default 'UTC' */
  readonly timeZone?: string;
  /** Minute of the UTC day at which models are trained, 0 to 1439. @default 0 */
  readonly trainingMinute?: number;
}

/** Saved form of a forecaster. */
interface Saved {
  readonly format: number;
  readonly options: string;
  readonly binMinutes: number | undefined;
  readonly day: number | undefined;
  readonly horizons: readonly (readonly [ahead: number, state: HorizonState])[];
  readonly peak: PeakState | undefined;
}

/**
 * Forecasts a service's load with its uncertainty. It is deterministic: the same history gives the same result to the
 * last bit, whether the forecaster is new, has been used before, or was saved and loaded.
 */
export class Forecaster {
  private readonly calendar: Calendar;
  private readonly trainingMinute: number;
  private readonly models = new Map<number, HorizonModel>();
  private readonly peakModel: PeakModel | undefined;
  /** Width of the bins at the last forecast. */
  private binMinutes: number | undefined;
  /** Bin of the last training. */
  private day: number | undefined;
  /** Past forecasts; they do not change until the next training. */
  private readonly past = { day: Number.NaN, byOrigin: new Map<number, Forecast>() };

  constructor(private readonly options: ForecasterOptions) {
    const wrong = options.horizonsMinutes.filter((minutes) => !(minutes >= 5 && minutes <= 1440));
    if (wrong.length > 0) {
      throw new RangeError(`'horizonsMinutes' must be between 5 and 1440, got ${wrong.join(', ')}`);
    }
    this.trainingMinute = options.trainingMinute ?? 0;
    checkTrainingMinute(this.trainingMinute);
    this.calendar = new Calendar(options.timeZone);
    this.peakModel =
      options.peakWindow && new PeakModel(this.calendar, options.peakWindow, this.trainingMinute);
  }

  /**
   * Restores a forecaster from the bytes of `save`.
   * @returns undefined where another version or other options saved it; create a new forecaster then
   */
  static load(options: ForecasterOptions, bytes: Uint8Array): Forecaster | undefined {
    const saved = readSaved(bytes);
    if (saved?.format !== FORMAT || saved.options !== JSON.stringify(options)) return undefined;
    const forecaster = new Forecaster(options);
    forecaster.binMinutes = saved.binMinutes;
    forecaster.day = saved.day;
    for (const [ahead, state] of saved.horizons) forecaster.modelAhead(ahead).restore(state);
    if (saved.peak) forecaster.peakModel?.restore(saved.peak);
    return forecaster;
  }

  /** Serializes the forecaster for `load`; a few hundred kilobytes. */
  save(): Uint8Array {
    const saved: Saved = {
      format: FORMAT,
      options: JSON.stringify(this.options),
      binMinutes: this.binMinutes,
      day: this.day,
      horizons: [...this.models].map(([ahead, { state }]) => [ahead, state] as const),
      peak: this.peakModel?.state,
    };
    return serialize(saved);
  }

  /** Whether a forecast at this moment must train the models first, which takes seconds instead of milliseconds. */
  needsTraining(history: LoadHistory, originMinute: number): boolean {
    const origin = Math.floor(originMinute / history.binMinutes);
    const { day } = trainingDayOf(history, origin, this.trainingMinute);
    return this.binMinutes !== history.binMinutes || this.day !== day;
  }

  /**
   * Forecasts from a moment; trains the models first if they need it.
   * @param history at least the last 15 days; loads from the origin on are not read
   * @param originMinute minutes since 1970-01-01 UTC; rounded down to the start of a bin
   */
  forecast(history: LoadHistory, originMinute: number): Forecast {
    const origin = Math.floor(originMinute / history.binMinutes);
    this.binMinutes = history.binMinutes;
    this.day = trainingDayOf(history, origin, this.trainingMinute).day;
    const horizons = this.options.horizonsMinutes.map((horizonMinutes) => {
      const model = this.modelOf(history, originMinute, horizonMinutes);
      const point = model.forecast(history, origin);
      return describe(history, origin, horizonMinutes, point, model.quantilesAt(history, origin));
    });
    return forecastAt(history, origin, horizons, this.peakModel?.forecast(history, origin));
  }

  /** Forecasts of the last days, oldest first, for decisions that learn from them. */
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
    if (this.past.day !== this.day) {
      this.past.day = this.day ?? Number.NaN;
      this.past.byOrigin.clear();
    }
    const peaks = this.peakModel?.pastForecasts();
    return origins.map((origin) => {
      const known = this.past.byOrigin.get(origin);
      if (known) return known;
      const horizons = models.map(({ horizonMinutes, model }, index) => {
        const past = byOrigin[index]?.get(origin) as PastForecast;
        return describe(history, origin, horizonMinutes, past.point, model.pastQuantiles(history, past));
      });
      const forecast = forecastAt(history, origin, horizons, peaks?.get(origin));
      this.past.byOrigin.set(origin, forecast);
      return forecast;
    });
  }

  /** Weight of each expert, by horizon in bins and by name; for logs. */
  weights(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries([...this.models].map(([ahead, model]) => [String(ahead), model.weights]));
  }

  /** The model of the bin that contains the origin plus the horizon. */
  private modelOf({ binMinutes }: LoadHistory, originMinute: number, horizonMinutes: number): HorizonModel {
    const origin = Math.floor(originMinute / binMinutes);
    return this.modelAhead(Math.floor((originMinute + horizonMinutes) / binMinutes) - origin);
  }

  private modelAhead(ahead: number): HorizonModel {
    const known = this.models.get(ahead);
    if (known !== undefined) return known;
    const model = new HorizonModel(this.calendar, ahead, this.trainingMinute);
    this.models.set(ahead, model);
    return model;
  }
}

function readSaved(bytes: Uint8Array): Saved | undefined {
  try {
    return deserialize(bytes) as Saved;
  } catch {
    return undefined;
  }
}

function forecastAt(
  history: LoadHistory,
  origin: number,
  horizons: readonly HorizonForecast[],
  peak: Forecast['peak'],
): Forecast {
  const recent = history.binsIn(RECENT_MINUTES);
  return {
    originMinute: origin * history.binMinutes,
    recentLoad: history.until(origin).mean(origin - recent, origin),
    horizons,
    peak,
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
