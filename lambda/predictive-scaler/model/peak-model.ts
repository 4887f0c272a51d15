import type { PeakForecast } from '../types';
import type { Calendar } from './calendar';
import type { Question } from './features';
import { levelBefore } from './level';
import type { LoadHistory } from './load-history';
import {
  PEAK_FEATURE_COUNT,
  type PeakWindow,
  peakAfter,
  peakKnownAt,
  writePeakFeatures,
} from './peak-features';
import { firstReplayed, replayBins, type TrainingDay, trainingDayOf } from './training-day';
import { forestQuantiles, type QuantileForest, trainForest } from './trees/quantile-forest';

/** Levels at which quantiles are stored; others are interpolated. */
const LEVELS = [0.05, 0.2, 0.4, 0.6, 0.75, 0.85, 0.9, 0.94, 0.97, 0.985, 0.995];

const FOREST = { trees: 60, depth: 7, minLeafRows: 15, bins: 32, featureStride: 3 };

/** Fewest rows for training: two days of 15-minute bins. */
const MIN_ROWS = 192;

/** Rows of a quarter of a day form a block, because they are similar. */
const BLOCKS_PER_DAY = 4;

/** A forecast of an earlier moment, as quantiles at LEVELS. */
interface PastPeak {
  /** Bin at whose start it was made. */
  readonly origin: number;
  readonly quantiles: readonly number[];
}

/** Saved state of the model; plain data. */
export interface PeakState {
  /** Bin at which it was trained; undefined before the first training. */
  readonly day: number | undefined;
  /** Trained forest; undefined where the history was too short. */
  readonly forest: QuantileForest | undefined;
  /** Forecasts of the last days, oldest first. */
  readonly past: readonly PastPeak[];
  /** Next bin at which a past forecast is replayed. */
  readonly nextReplay: number;
}

/**
 * Forecasts the busiest minute while a decision is in force, which a floor must cover. Quantiles of means do not show
 * it, especially for pulses of a few minutes. Training and validation are those of HorizonModel.
 */
export class PeakModel {
  private day: number | undefined;
  private forest: QuantileForest | undefined;
  private past: PastPeak[] = [];
  private nextReplay = 0;

  constructor(
    private readonly calendar: Calendar,
    private readonly window: PeakWindow,
    private readonly trainingMinute: number,
  ) {}

  /** State from which another instance can continue. */
  get state(): PeakState {
    const { day, forest, past, nextReplay } = this;
    return { day, forest, past, nextReplay };
  }

  /** Continues from the state of another instance. */
  restore({ day, forest, past, nextReplay }: PeakState): void {
    this.day = day;
    this.forest = forest;
    this.past = [...past];
    this.nextReplay = nextReplay;
  }

  /** Forecast with the knowledge before the bin `origin`; undefined where too little is known. */
  forecast(wholeHistory: LoadHistory, origin: number): PeakForecast | undefined {
    const trainingDay = trainingDayOf(wholeHistory, origin, this.trainingMinute);
    const { day, history } = trainingDay;
    if (day !== this.day) this.train(trainingDay);
    this.replay(history, origin);
    const quantiles = this.ask(history, origin);
    return quantiles && peakForecast(quantiles);
  }

  /** Forecasts of the last days, by the bin of their origin. */
  pastForecasts(): Map<number, PeakForecast> {
    return new Map(this.past.map(({ origin, quantiles }) => [origin, peakForecast(quantiles)]));
  }

  private train({ history, day, validationStart }: TrainingDay): void {
    const known = history.until(day);
    this.day = day;
    this.past = [];
    this.forest = this.trainForest(known.until(validationStart));
    this.nextReplay = firstReplayed(history, validationStart);
    this.replay(history, day);
    this.forest = this.trainForest(known);
  }

  private replay(history: LoadHistory, before: number): void {
    for (; this.nextReplay < before; this.nextReplay += replayBins(history)) {
      const quantiles = this.ask(history, this.nextReplay);
      if (quantiles) this.past.push({ origin: this.nextReplay, quantiles });
    }
  }

  private ask(history: LoadHistory, origin: number): number[] | undefined {
    const question = this.questionAt(history, origin);
    if (this.forest === undefined || question === undefined) return undefined;
    const features = new Float64Array(PEAK_FEATURE_COUNT);
    writePeakFeatures(question, this.window, features, 0);
    const { load, scale } = question.level;
    return forestQuantiles(this.forest, LEVELS, features).map((change) => Math.max(0, load + scale * change));
  }

  private questionAt(history: LoadHistory, origin: number): Question | undefined {
    const level = levelBefore(history, origin);
    if (level === undefined) return undefined;
    return { history: history.until(origin), calendar: this.calendar, origin, target: origin, level };
  }

  /** Trains with a row for each bin with a complete window, from the second day on. */
  private trainForest(history: LoadHistory): QuantileForest | undefined {
    const { binMinutes, binsPerDay, end } = history;
    const rows: { question: Question; change: number }[] = [];
    for (let origin = history.first + binsPerDay; origin < end; origin += 1) {
      if (peakKnownAt(history, origin, this.window) > end * binMinutes) break;
      const question = this.questionAt(history, origin);
      const peak = peakAfter(history, origin, this.window);
      if (question === undefined || Number.isNaN(peak)) continue;
      rows.push({ question, change: (peak - question.level.load) / question.level.scale });
    }
    if (rows.length < MIN_ROWS) return undefined;
    const values = new Float64Array(rows.length * PEAK_FEATURE_COUNT);
    for (const [row, { question }] of rows.entries()) {
      writePeakFeatures(question, this.window, values, row * PEAK_FEATURE_COUNT);
    }
    return trainForest(
      { rows: rows.length, columns: PEAK_FEATURE_COUNT, values },
      Float64Array.from(rows, ({ change }) => change),
      rows.map(({ question }) => Math.floor((question.origin * BLOCKS_PER_DAY) / binsPerDay)),
      FOREST,
    );
  }
}

function peakForecast(quantiles: readonly number[]): PeakForecast {
  return { quantile: (level) => interpolate(quantiles, level) };
}

/** Linear interpolation between LEVELS; constant beyond the first and the last. */
function interpolate(quantiles: readonly number[], level: number): number {
  const above = LEVELS.findIndex((known) => known >= level);
  if (above < 0) return quantiles.at(-1) as number;
  const high = quantiles[above] as number;
  if (above === 0) return high;
  const [below, here] = [LEVELS[above - 1] as number, LEVELS[above] as number];
  const low = quantiles[above - 1] as number;
  return low + ((high - low) * (level - below)) / (here - below);
}
