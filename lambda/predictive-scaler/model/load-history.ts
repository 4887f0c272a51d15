import type { LoadSample } from '../types';
import { DAY_MINUTES } from './calendar';

/** Width of forecast bins for finer data, minutes. */
const FINEST_BIN_MINUTES = 5;

/** Smallest share of known samples for a bin to have a value. */
const MIN_SHARE_OF_BIN = 0.6;

/** Arrays of a history, shared by all its parts. */
interface HistoryData {
  readonly binMinutes: number;
  readonly first: number;
  readonly end: number;
  readonly stepMinutes: number;
  /** Mean load of each bin. */
  readonly loads: Float64Array;
  /** Load of each step, from the start of the first bin on. */
  readonly samples: Float64Array;
  /** Sum of the known loads of the day before each bin, for means in constant time. */
  readonly sums: Float64Array;
  /** Number of these loads. */
  readonly counts: Float64Array;
}

/**
 * Loads on a regular grid; gaps are NaN. The number of a bin is its distance from 1970-01-01 UTC in bin widths, so a
 * bin has the same number in every history that contains it.
 */
export class LoadHistory {
  /** Width of a bin, minutes. */
  readonly binMinutes: number;
  /** Number of the first bin. */
  readonly first: number;
  /** Number after that of the last bin. */
  readonly end: number;
  /** Width of a sample, minutes; at most that of a bin. */
  readonly stepMinutes: number;
  private readonly loads: Float64Array;
  private readonly samples: Float64Array;
  private readonly sums: Float64Array;
  private readonly counts: Float64Array;

  private constructor(data: HistoryData) {
    this.binMinutes = data.binMinutes;
    this.first = data.first;
    this.end = data.end;
    this.stepMinutes = data.stepMinutes;
    this.loads = data.loads;
    this.samples = data.samples;
    this.sums = data.sums;
    this.counts = data.counts;
  }

  /** History of samples that begin at the start of the bin `first`. */
  static of(binMinutes: number, first: number, stepMinutes: number, samples: Float64Array): LoadHistory {
    const perBin = binMinutes / stepMinutes;
    const loads = perBin === 1 ? samples : binned(samples, perBin);
    const { sums, counts } = runningSums(loads, first, DAY_MINUTES / binMinutes);
    const end = first + loads.length;
    return new LoadHistory({ binMinutes, first, end, stepMinutes, loads, samples, sums, counts });
  }

  /** The history before a bin: loads of that bin and later cannot be read. */
  until(end: number): LoadHistory {
    const { binMinutes, first, stepMinutes, loads, samples, sums, counts } = this;
    const earlier = Math.max(first, Math.min(end, this.end));
    return new LoadHistory({ binMinutes, first, end: earlier, stepMinutes, loads, samples, sums, counts });
  }

  /**
   * Load of each minute of a past time range, for simulations by minute. Coarser samples are interpolated linearly
   * between their middles. NaN where the sample is unknown.
   */
  loadsByMinute(fromMinute: number, toMinute: number): Float64Array {
    const start = this.first * this.binMinutes;
    const samples = ((this.end - this.first) * this.binMinutes) / this.stepMinutes;
    const at = (index: number) =>
      index >= 0 && index < samples ? (this.samples[index] as number) : Number.NaN;
    return Float64Array.from({ length: Math.max(0, toMinute - fromMinute) }, (_, offset) => {
      const position = (fromMinute + offset + 0.5 - start) / this.stepMinutes;
      const own = at(Math.floor(position));
      if (this.stepMinutes === 1) return own;
      const left = Math.floor(position - 0.5);
      const share = position - 0.5 - left;
      const line = at(left) * (1 - share) + at(left + 1) * share;
      return Number.isNaN(line) ? own : line;
    });
  }

  /** First minute whose value in `loadsByMinute` may change with the next sample. */
  get unsettledFrom(): number {
    return this.end * this.binMinutes - (this.stepMinutes === 1 ? 0 : Math.ceil(this.stepMinutes / 2));
  }

  /** Highest known load of the steps in a time range; NaN where all are unknown. */
  peak(fromMinute: number, toMinute: number): number {
    const start = this.first * this.binMinutes;
    const steps = ((this.end - this.first) * this.binMinutes) / this.stepMinutes;
    const last = Math.min(steps, Math.ceil((toMinute - start) / this.stepMinutes));
    let peak = Number.NaN;
    for (
      let step = Math.max(0, Math.floor((fromMinute - start) / this.stepMinutes));
      step < last;
      step += 1
    ) {
      const load = this.samples[step] as number;
      if (!(load <= peak) && !Number.isNaN(load)) peak = load;
    }
    return peak;
  }

  /** The history from a bin on; earlier loads cannot be read. */
  from(start: number): LoadHistory {
    const skipped = Math.min(Math.max(start - this.first, 0), this.end - this.first);
    const perBin = this.binMinutes / this.stepMinutes;
    const rest = this.samples.slice(skipped * perBin, (this.end - this.first) * perBin);
    return LoadHistory.of(this.binMinutes, this.first + skipped, this.stepMinutes, rest);
  }

  get binsPerDay(): number {
    return DAY_MINUTES / this.binMinutes;
  }

  /** Number of bins in a time, rounded, at least one. */
  binsIn(minutes: number): number {
    return Math.max(1, Math.round(minutes / this.binMinutes));
  }

  /** Load of a bin; NaN where it is unknown. */
  at(bin: number): number {
    return bin < this.end ? (this.loads[bin - this.first] ?? Number.NaN) : Number.NaN;
  }

  /** Mean load of the bins from `from` to before `to`; NaN where all are unknown. */
  mean(from: number, to: number): number {
    let sum = 0;
    let count = 0;
    const last = Math.min(to, this.end);
    // Day by day, so that rounding does not depend on where the history begins.
    for (let bin = Math.max(from, this.first); bin < last; ) {
      const next = Math.min(last, (Math.floor(bin / this.binsPerDay) + 1) * this.binsPerDay);
      const [low, high] = [bin - this.first, next - 1 - this.first];
      const load = this.loads[high] as number;
      const isKnown = !Number.isNaN(load);
      sum += (this.sums[high] as number) + (isKnown ? load : 0) - (this.sums[low] as number);
      count += (this.counts[high] as number) + (isKnown ? 1 : 0) - (this.counts[low] as number);
      bin = next;
    }
    return count > 0 ? sum / count : Number.NaN;
  }

  /** Mean of the samples in the last minutes before a bin; NaN where all are unknown. */
  lastMinutes(bin: number, minutes: number): number {
    const perBin = this.binMinutes / this.stepMinutes;
    const end = (Math.min(bin, this.end) - this.first) * perBin;
    const start = Math.max(0, end - Math.max(1, Math.round(minutes / this.stepMinutes)));
    let sum = 0;
    let count = 0;
    for (let index = start; index < end; index += 1) {
      const load = this.samples[index] as number;
      if (Number.isNaN(load)) continue;
      sum += load;
      count += 1;
    }
    return count > 0 ? sum / count : Number.NaN;
  }
}

/**
 * Puts samples on a grid. Negative loads and NaN are gaps. Of several samples for one step the last in the list counts;
 * otherwise the order does not matter.
 * @param stepMinutes width of a sample; must divide a day
 * @param fromMinute bins that begin earlier are left out
 * @param toMinute bins that end later are left out
 * @throws {RangeError} where `stepMinutes` does not divide a day
 */
export function loadHistory(
  samples: readonly LoadSample[],
  stepMinutes: number,
  fromMinute: number,
  toMinute: number,
): LoadHistory {
  if (!(stepMinutes > 0) || DAY_MINUTES % stepMinutes !== 0) {
    throw new RangeError(`'stepMinutes' must divide a day of 1440 minutes, got ${stepMinutes}`);
  }
  const binMinutes = Math.max(FINEST_BIN_MINUTES, stepMinutes);
  const first = Math.ceil(fromMinute / binMinutes);
  const bins = Math.max(0, Math.floor(toMinute / binMinutes) - first);
  const perBin = binMinutes / stepMinutes;
  const grid = new Float64Array(bins * perBin).fill(Number.NaN);
  for (const { minute, load } of samples) {
    const index = Math.floor((minute - first * binMinutes) / stepMinutes);
    if (index >= 0 && index < grid.length && Number.isFinite(load) && load >= 0) grid[index] = load;
  }
  return LoadHistory.of(binMinutes, first, stepMinutes, grid);
}

function binned(grid: Float64Array, perBin: number): Float64Array {
  const loads = new Float64Array(grid.length / perBin).fill(Number.NaN);
  for (let bin = 0; bin < loads.length; bin += 1) {
    const known = grid.subarray(bin * perBin, (bin + 1) * perBin).filter((load) => !Number.isNaN(load));
    if (known.length < MIN_SHARE_OF_BIN * perBin) continue;
    loads[bin] = known.reduce((sum, load) => sum + load, 0) / known.length;
  }
  return loads;
}

/** Sums and numbers of the known loads before each bin, from the start of the bin's day. */
function runningSums(loads: Float64Array, first: number, binsPerDay: number) {
  const sums = new Float64Array(loads.length);
  const counts = new Float64Array(loads.length);
  for (let index = 1; index < loads.length; index += 1) {
    if ((first + index) % binsPerDay === 0) continue;
    const load = loads[index - 1] as number;
    const isKnown = !Number.isNaN(load);
    sums[index] = (sums[index - 1] as number) + (isKnown ? load : 0);
    counts[index] = (counts[index - 1] as number) + (isKnown ? 1 : 0);
  }
  return { sums, counts };
}
