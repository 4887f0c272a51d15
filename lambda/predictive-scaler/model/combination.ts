/** Age at which an error has half the weight, minutes. */
const HALF_LIFE_MINUTES = 36 * 60;

/**
 * Exponent of the weights: an expert with 10 % more error than the best has a third of its weight. Each service has a
 * best expert, which changes slowly.
 */
const POWER = 12;

/** Errors from which the weights are computed; plain data. */
export interface ExpertErrors {
  /** Discounted absolute errors, one for each expert. */
  readonly errors: Float64Array;
  /** Minute of the last error, since 1970-01-01 UTC; undefined before the first. */
  readonly lastMinute: number | undefined;
}

/** Weights of experts by their discounted absolute errors, like those of an exponentially weighted forecaster. */
export class ExpertWeights {
  private readonly errors: Float64Array;
  private lastMinute: number | undefined;

  /** @param known errors to continue from. @default - none */
  constructor(experts: number, known?: ExpertErrors) {
    this.errors = Float64Array.from(known?.errors ?? new Float64Array(experts));
    this.lastMinute = known?.lastMinute;
  }

  /** State from which a new instance can continue. */
  get state(): ExpertErrors {
    return { errors: this.errors, lastMinute: this.lastMinute };
  }

  /** Adds the experts' errors for a load that has become known. Minutes must not decrease. */
  observe(minute: number, forecasts: ArrayLike<number>, load: number): void {
    const age = this.lastMinute === undefined ? 0 : minute - this.lastMinute;
    const decay = 0.5 ** (age / HALF_LIFE_MINUTES);
    this.lastMinute = minute;
    for (let expert = 0; expert < this.errors.length; expert += 1) {
      const error = Math.abs((forecasts[expert] as number) - load);
      this.errors[expert] = (this.errors[expert] as number) * decay + error;
    }
  }

  /** Weight of each expert; they sum to one, and are equal before the first observation. */
  weights(): number[] {
    const least = Math.min(...this.errors);
    const raw = Array.from(this.errors, (error) => (error > 0 ? (least / error) ** POWER : 1));
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return raw.map((weight) => (total > 0 ? weight / total : 1 / raw.length));
  }

  /** Weighted mean of the experts' forecasts. */
  combine(forecasts: ArrayLike<number>): number {
    return this.weights().reduce((sum, weight, expert) => sum + weight * (forecasts[expert] as number), 0);
  }
}
