import type { Calendar } from './calendar';
import { ExpertWeights } from './combination';
import { EXPERT_NAMES, type Expert, trainExperts } from './experts';
import type { Question } from './features';
import { levelBefore } from './level';
import type { LoadHistory } from './load-history';
import { type Residual, type ResidualQuantiles, residualQuantiles } from './residual-quantiles';

/** Days that experts learn from. With the day that a training is in force it makes the 15 that metrics are kept. */
const TRAINING_DAYS = 14;

/** Last days of them on which the experts prove themselves, trained on the days before. */
const PROOF_DAYS = 3;

/** Time between two forecasts of which the model keeps the outcome, minutes; that of a bin where bins are wider. */
const REPLAY_MINUTES = 15;

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

/**
 * The forecasts of one horizon. Each day at 00:00 UTC the experts are trained afresh; over the last days before it they
 * are weighed, and the errors of their combination are collected, by experts that had not seen those days. What it
 * keeps is a function of the last 15 days of history alone: thrown away, it is made again, to the last bit.
 */
export class HorizonModel {
  private day: number | undefined;
  private experts: readonly Expert[] = [];
  private trust = new ExpertWeights(EXPERT_NAMES.length);
  private pending: Pending[] = [];
  private residuals: Residual[] = [];
  private past: PastForecast[] = [];
  private nextReplay = 0;

  /** @param ahead bins from the origin to the target */
  constructor(
    private readonly calendar: Calendar,
    private readonly ahead: number,
  ) {}

  /** Most likely load of the target of a bin, as known before it; NaN where nothing is known. */
  forecast(wholeHistory: LoadHistory, origin: number): number {
    const day = Math.floor(origin / wholeHistory.binsPerDay) * wholeHistory.binsPerDay;
    // Nothing older is ever read, or an answer would depend on how much older history somebody happens to have.
    const history = wholeHistory.from(day - TRAINING_DAYS * wholeHistory.binsPerDay).until(origin);
    if (day !== this.day) this.train(history, day);
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

  private train(history: LoadHistory, day: number): void {
    const known = history.until(day);
    this.day = day;
    this.trust = new ExpertWeights(EXPERT_NAMES.length);
    this.pending = [];
    this.residuals = [];
    this.past = [];
    const proof = Math.max(known.first, day - proofDays(known) * history.binsPerDay);
    this.experts = trainExperts(known.until(proof), this.calendar, this.ahead);
    this.nextReplay = nextMultiple(proof, replayBins(history));
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

  /** Learns from the targets that are over. */
  private settle(history: LoadHistory, now: number): void {
    while (this.pending[0] !== undefined && this.pending[0].target < now) {
      const { target, experts, point } = this.pending.shift() as Pending;
      const load = history.at(target);
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
    const experts = this.experts.map((expert) => expert(question));
    return { experts, point: this.trust.combine(experts) };
  }
}

/** A third of a short history, whole days; at least one. */
function proofDays(known: LoadHistory): number {
  const days = (known.end - known.first) / known.binsPerDay;
  return Math.max(1, Math.min(PROOF_DAYS, Math.floor(days / 3)));
}

function replayBins(history: LoadHistory): number {
  return history.binsIn(REPLAY_MINUTES);
}

function nextMultiple(value: number, step: number): number {
  return Math.ceil(value / step) * step;
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
