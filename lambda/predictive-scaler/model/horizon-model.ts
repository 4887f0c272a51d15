import type { Calendar } from './calendar';
import { type ExpertErrors, ExpertWeights } from './combination';
import { askExperts, EXPERT_NAMES, type TrainedExperts, trainExperts } from './experts';
import type { Question } from './features';
import { levelBefore } from './level';
import type { LoadHistory } from './load-history';
import { type Residual, type ResidualQuantiles, residualQuantiles } from './residual-quantiles';
import { firstReplayed, replayBins, type TrainingDay, trainingDayOf } from './training-day';

/** Time from the start of a bin until its load counts as missing, minutes. */
const MAX_DELAY_MINUTES = 30;

/** A forecast of an earlier moment. */
export interface PastForecast {
  /** Number of the bin at whose start it was made. */
  readonly origin: number;
  /** Median of the forecast. */
  readonly point: number;
  /** Number of residuals known at that moment. */
  readonly residuals: number;
}

/** A forecast whose load is not known yet. */
interface Pending {
  readonly target: number;
  readonly experts: readonly number[];
  readonly point: number;
}

/** Saved state of a model; plain data. */
export interface HorizonState {
  /** Bin at which it was trained; undefined before the first training. */
  readonly day: number | undefined;
  /** Trained experts; undefined where the history was too short. */
  readonly experts: TrainedExperts | undefined;
  /** Errors that weight the experts. */
  readonly trust: ExpertErrors;
  /** Forecasts whose load is not known yet, oldest first. */
  readonly pending: readonly Pending[];
  /** Errors of past forecasts, oldest first. */
  readonly residuals: readonly Residual[];
  /** Forecasts of the last days, oldest first. */
  readonly past: readonly PastForecast[];
  /** Next bin at which a past forecast is replayed. */
  readonly nextReplay: number;
}

/**
 * Forecasts one horizon. The experts are retrained once a day. Before that, experts trained without the last days
 * forecast those days: this weights the experts and collects the errors of their combination. The state depends only on
 * the last 15 days of history, so a lost state is recomputed exactly.
 */
export class HorizonModel {
  private day: number | undefined;
  private experts: TrainedExperts | undefined;
  private trust = new ExpertWeights(EXPERT_NAMES.length);
  private pending: Pending[] = [];
  private residuals: Residual[] = [];
  private past: PastForecast[] = [];
  private nextReplay = 0;

  /** @param ahead bins from the origin to the target */
  constructor(
    private readonly calendar: Calendar,
    private readonly ahead: number,
    private readonly trainingMinute: number,
  ) {}

  /** State from which another instance can continue. */
  get state(): HorizonState {
    const { day, experts, pending, residuals, past, nextReplay } = this;
    return { day, experts, trust: this.trust.state, pending, residuals, past, nextReplay };
  }

  /** Continues from the state of another instance. */
  restore({ day, experts, trust, pending, residuals, past, nextReplay }: HorizonState): void {
    this.day = day;
    this.experts = experts;
    this.trust = new ExpertWeights(EXPERT_NAMES.length, trust);
    this.pending = [...pending];
    this.residuals = [...residuals];
    this.past = [...past];
    this.nextReplay = nextReplay;
  }

  /** Forecast of the target's load with the knowledge before the bin `origin`; NaN where nothing is known. */
  forecast(wholeHistory: LoadHistory, origin: number): number {
    const trainingDay = trainingDayOf(wholeHistory, origin, this.trainingMinute);
    const { day, history } = trainingDay;
    if (day !== this.day) this.train(trainingDay);
    this.replay(history, origin);
    this.learnOutcomes(history, origin);
    const question = this.questionAt(history, origin);
    return question === undefined ? forecastAfterGap(history, origin + this.ahead) : this.ask(question).point;
  }

  /** Distribution of the load around a forecast, from past errors. */
  quantilesAt(history: LoadHistory, origin: number): ResidualQuantiles {
    return residualQuantiles(this.residuals, origin * history.binMinutes);
  }

  /** Forecasts of the last days, oldest first. */
  get pastForecasts(): readonly PastForecast[] {
    return this.past;
  }

  /** The same for a past forecast, with the errors known then. */
  pastQuantiles(history: LoadHistory, { origin, residuals }: PastForecast): ResidualQuantiles {
    return residualQuantiles(this.residuals.slice(0, residuals), origin * history.binMinutes);
  }

  /** Weight of each expert, by name. */
  get weights(): Readonly<Record<string, number>> {
    const weights = this.trust.weights();
    return Object.fromEntries(EXPERT_NAMES.map((name, index) => [name, weights[index] as number]));
  }

  private train({ history, day, validationStart }: TrainingDay): void {
    const known = history.until(day);
    this.day = day;
    this.trust = new ExpertWeights(EXPERT_NAMES.length);
    this.pending = [];
    this.residuals = [];
    this.past = [];
    this.experts = trainExperts(known.until(validationStart), this.calendar, this.ahead);
    this.nextReplay = firstReplayed(history, validationStart);
    this.replay(history, day);
    this.experts = trainExperts(known, this.calendar, this.ahead);
  }

  /** Makes the past forecasts on the grid before a bin that are still missing. */
  private replay(history: LoadHistory, before: number): void {
    for (; this.nextReplay < before; this.nextReplay += replayBins(history)) {
      const origin = this.nextReplay;
      this.learnOutcomes(history, origin);
      const question = this.questionAt(history.until(origin), origin);
      if (question === undefined) continue;
      const { experts, point } = this.ask(question);
      this.pending.push({ target: question.target, experts, point });
      this.past.push({ origin, point, residuals: this.residuals.length });
    }
  }

  /** Learns from targets whose load is known now. It waits for a missing load, because measurements may be late. */
  private learnOutcomes(history: LoadHistory, now: number): void {
    const maxDelay = history.binsIn(MAX_DELAY_MINUTES);
    for (let next = this.pending[0]; next !== undefined && next.target < now; next = this.pending[0]) {
      const { target, experts, point } = next;
      const load = history.at(target);
      if (Number.isNaN(load) && now - target <= maxDelay) return;
      this.pending.shift();
      if (Number.isNaN(load)) continue;
      const minute = target * history.binMinutes;
      this.trust.observe(minute, experts, load);
      this.residuals.push({ minute, forecast: point, load });
    }
  }

  private questionAt(history: LoadHistory, origin: number): Question | undefined {
    const level = levelBefore(history, origin);
    if (level === undefined) return undefined;
    return { history, calendar: this.calendar, origin, target: origin + this.ahead, level };
  }

  private ask(question: Question): { experts: number[]; point: number } {
    const experts = askExperts(this.experts, question);
    return { experts, point: this.trust.combine(experts) };
  }
}

/** Forecast after a long gap: the mean at this time of day over the last week, otherwise the last known load. */
function forecastAfterGap(history: LoadHistory, target: number): number {
  let sum = 0;
  let count = 0;
  for (let days = 1; days <= 7; days += 1) {
    const load = history.mean(target - days * history.binsPerDay - 1, target - days * history.binsPerDay + 2);
    if (Number.isNaN(load)) continue;
    sum += load;
    count += 1;
  }
  if (count > 0) return sum / count;
  for (let bin = history.end - 1; bin >= history.first; bin -= 1) {
    if (!Number.isNaN(history.at(bin))) return history.at(bin);
  }
  return Number.NaN;
}
