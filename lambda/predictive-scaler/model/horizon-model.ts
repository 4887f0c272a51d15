import type { Calendar } from './calendar';
import { type ExpertErrors, ExpertWeights } from './combination';
import { askExperts, EXPERT_NAMES, type TrainedExperts, trainExperts } from './experts';
import type { Question } from './features';
import { levelBefore } from './level';
import type { LoadHistory } from './load-history';
import { type Residual, type ResidualQuantiles, residualQuantiles } from './residual-quantiles';
import { firstReplayed, replayBins, type TrainingDay, trainingDayOf } from './training-day';

/** From the start of a bin to when its load is known at the latest, minutes, or there is none. */
const LATEST_MINUTES = 30;

/** What was forecast at one moment. */
export interface PastForecast {
  /** Bin at whose start it was made. */
  readonly origin: number;
  readonly point: number;
  /** Errors known at that moment. */
  readonly residuals: number;
}

/** A forecast whose outcome is not known yet. */
interface Pending {
  readonly target: number;
  readonly experts: readonly number[];
  readonly point: number;
}

/** What a model keeps; plain data. */
export interface HorizonState {
  /** Bin at which it was trained. */
  readonly day: number | undefined;
  readonly experts: TrainedExperts | undefined;
  readonly trust: ExpertErrors;
  readonly pending: readonly Pending[];
  readonly residuals: readonly Residual[];
  readonly past: readonly PastForecast[];
  readonly nextReplay: number;
}

/**
 * The forecasts of one horizon. Once a day the experts are trained afresh; over the last days before it they are
 * weighed, and the errors of their combination are collected, by experts that had not seen those days. What it keeps is
 * a function of the last 15 days of history alone: thrown away, it is made again, to the last bit.
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

  /** What there is to go on from. */
  get state(): HorizonState {
    const { day, experts, pending, residuals, past, nextReplay } = this;
    return { day, experts, trust: this.trust.state, pending, residuals, past, nextReplay };
  }

  /** Goes on from what another has kept. */
  restore({ day, experts, trust, pending, residuals, past, nextReplay }: HorizonState): void {
    this.day = day;
    this.experts = experts;
    this.trust = new ExpertWeights(EXPERT_NAMES.length, trust);
    this.pending = [...pending];
    this.residuals = [...residuals];
    this.past = [...past];
    this.nextReplay = nextReplay;
  }

  /** Most likely load of the target of a bin, as known before it; NaN where nothing is known. */
  forecast(wholeHistory: LoadHistory, origin: number): number {
    const trainingDay = trainingDayOf(wholeHistory, origin, this.trainingMinute);
    const { day, history } = trainingDay;
    if (day !== this.day) this.train(trainingDay);
    this.replay(history, origin);
    this.settle(history, origin);
    const question = this.questionAt(history, origin);
    return question === undefined ? withoutLevel(history, origin + this.ahead) : this.ask(question).point;
  }

  /** How far off such forecasts have been. */
  quantilesAt(history: LoadHistory, origin: number): ResidualQuantiles {
    return residualQuantiles(this.residuals, origin * history.binMinutes);
  }

  /** Forecasts of the last days, oldest first. */
  get pastForecasts(): readonly PastForecast[] {
    return this.past;
  }

  /** Quantiles as they would have been given with a past forecast. */
  pastQuantiles(history: LoadHistory, { origin, residuals }: PastForecast): ResidualQuantiles {
    return residualQuantiles(this.residuals.slice(0, residuals), origin * history.binMinutes);
  }

  /** Weight of each expert, by name. */
  get weights(): Readonly<Record<string, number>> {
    const weights = this.trust.weights();
    return Object.fromEntries(EXPERT_NAMES.map((name, index) => [name, weights[index] as number]));
  }

  private train({ history, day, proof }: TrainingDay): void {
    const known = history.until(day);
    this.day = day;
    this.trust = new ExpertWeights(EXPERT_NAMES.length);
    this.pending = [];
    this.residuals = [];
    this.past = [];
    this.experts = trainExperts(known.until(proof), this.calendar, this.ahead);
    this.nextReplay = firstReplayed(history, proof);
    this.replay(history, day);
    this.experts = trainExperts(known, this.calendar, this.ahead);
  }

  /** Makes the forecasts of all moments of the grid before a bin. */
  private replay(history: LoadHistory, before: number): void {
    for (; this.nextReplay < before; this.nextReplay += replayBins(history)) {
      const origin = this.nextReplay;
      this.settle(history, origin);
      const question = this.questionAt(history.until(origin), origin);
      if (question === undefined) continue;
      const { experts, point } = this.ask(question);
      this.pending.push({ target: question.target, experts, point });
      this.past.push({ origin, point, residuals: this.residuals.length });
    }
  }

  /** Learns from the targets that are over. A load that is not known yet is waited for: measurements come late. */
  private settle(history: LoadHistory, now: number): void {
    const patience = history.binsIn(LATEST_MINUTES);
    for (let next = this.pending[0]; next !== undefined && next.target < now; next = this.pending[0]) {
      const { target, experts, point } = next;
      const load = history.at(target);
      if (Number.isNaN(load) && now - target <= patience) return;
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

/** After a long gap: the mean of this time of day on the days that are known, else the last known load. */
function withoutLevel(history: LoadHistory, target: number): number {
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
