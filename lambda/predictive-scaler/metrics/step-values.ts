/**
 * Values of a metric, one for each step of a span, in the metric's own unit. Eight bytes a step: two weeks of minutes of
 * a hundred workloads are four million steps, and a Map takes five times as much.
 */
export class StepValues {
  private readonly firstMinute: number;
  private readonly values: Float64Array;

  /** @param startMinute minutes since 1970-01-01 UTC, as the others */
  constructor(
    startMinute: number,
    endMinute: number,
    private readonly stepMinutes: number,
  ) {
    this.firstMinute = Math.floor(startMinute / stepMinutes) * stepMinutes;
    this.values = new Float64Array(Math.ceil((endMinute - this.firstMinute) / stepMinutes)).fill(Number.NaN);
  }

  /** @param minute beginning of a step; what is none, or not of the span, is dropped */
  set(minute: number, value: number): void {
    const index = (minute - this.firstMinute) / this.stepMinutes;
    if (index in this.values) this.values[index] = value;
  }

  /** @returns NaN: no value */
  get(minute: number): number {
    return this.values[(minute - this.firstMinute) / this.stepMinutes] ?? Number.NaN;
  }
}
