/** Age at which an error counts half, minutes. */
const HALF_LIFE_MINUTES = 36 * 60;

/**
 * Power of the relative error by which an expert is trusted: one that errs 10 % more than the best counts a third. A
 * service has its best expert, and which one it is changes slowly.
 */
const POWER = 12;

/** What weights are made of; plain data. */
export interface ExpertErrors {
  /** Discounted absolute errors, one for each expert. */
  readonly errors: Float64Array;
  /** Of the last error. */
  readonly lastMinute: number | undefined;
}

/** Weights of experts by their discounted absolute errors, like an exponentially weighted forecaster's. */
export class ExpertWeights {
  private readonly errors: Float64Array;
  private lastMinute: number | undefined;

  /** @param known errors to go on from. @default none */
  constructor(experts: number, known?: ExpertErrors) {
    this.errors = Float64Array.from(known?.errors ?? new Float64Array(experts));
    this.lastMinute = known?.lastMinute;
  }

  /** What there is to go on from. */
  get state(): ExpertErrors {
    return { errors: this.errors, lastMinute: this.lastMinute };
  }

  /** Learns how far each expert was from a load that has become known; minutes never go back. */
  observe(minute: number, forecasts: ArrayLike<number>, load: number): void {
    const age = this.lastMinute === undefined ? 0 : minute - this.lastMinute;
    const decay = 0.5 ** (age / HALF_LIFE_MINUTES);
    this.lastMinute = minute;
    for (let expert = 0; expert < this.errors.length; expert += 1) {
      const error = Math.abs((forecasts[expert] as number) - load);
      this.errors[expert] = (this.errors[expert] as number) * decay + error;
    }
  }

  /** One for each expert, summing to one; equal while nothing has been observed. */
  weights(): number[] {
    const least = Math.min(...this.errors);
    const raw = Array.from(this.errors, (error) => (error > 0 ? (least / error) ** POWER : 1));
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return raw.map((weight) => (total > 0 ? weight / total : 1 / raw.length));
  }

  /** Weighted mean. */
  combine(forecasts: ArrayLike<number>): number {
    return this.weights().reduce((sum, weight, expert) => sum + weight * (forecasts[expert] as number), 0);
  }
}
