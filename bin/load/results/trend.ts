/** Values that are kept one by one; percentiles are exact up to here, and as k6 has them. */
const MOST_EXACT = 2000;

/** Ratio of the two bounds of a bucket: a percentile is at most half a percent off. */
const BUCKET_RATIO = 1.01;
const LOG_RATIO = Math.log(BUCKET_RATIO);

/** Values from 0.01 to some 3,600,000 (ms: an hour); smaller and larger ones are in the first and last bucket. */
const LEAST_VALUE = 0.01;
const BUCKETS = 2000;

/** Count, sum, least and most of values. */
export class Tally {
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;

  get mean(): number {
    return this.sum / this.count;
  }

  add(value: number): void {
    this.count += 1;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  /** Adds the values of another. */
  merge(other: Tally): void {
    this.count += other.count;
    this.sum += other.sum;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
  }
}

/** Values with their percentiles, in bounded memory: beyond some thousands it counts them in buckets. */
export class Trend extends Tally {
  private exact: number[] | undefined = [];
  private counts: Uint32Array | undefined;

  override add(value: number): void {
    super.add(value);
    if (this.exact !== undefined && this.exact.length < MOST_EXACT) this.exact.push(value);
    else increase(this.buckets(), bucketOf(value), 1);
  }

  override merge(other: Tally): void {
    super.merge(other);
    if (!(other instanceof Trend)) throw new Error('only a trend has the values of one');
    const values = other.exact ?? [];
    if (this.exact !== undefined && other.counts === undefined) {
      if (this.exact.length + values.length <= MOST_EXACT) {
        this.exact.push(...values);
        return;
      }
    }
    const counts = this.buckets();
    for (const value of values) increase(counts, bucketOf(value), 1);
    for (const [index, count] of other.counts?.entries() ?? []) increase(counts, index, count);
  }

  /** @returns NaN without values */
  percentile(percent: number): number {
    if (this.exact !== undefined) return percentile(this.exact, percent);
    const rank = ((this.count - 1) * percent) / 100;
    let below = 0;
    const index = this.buckets().findIndex((count) => {
      below += count;
      return below > rank;
    });
    return Math.min(this.max, Math.max(this.min, LEAST_VALUE * BUCKET_RATIO ** (index + 0.5)));
  }

  /** The counts by bucket; what was exact moves there first. */
  private buckets(): Uint32Array {
    this.counts ??= new Uint32Array(BUCKETS);
    const { exact, counts } = this;
    this.exact = undefined;
    for (const value of exact ?? []) increase(counts, bucketOf(value), 1);
    return counts;
  }
}

function increase(counts: Uint32Array, index: number, by: number): void {
  counts[index] = (counts[index] ?? 0) + by;
}

function bucketOf(value: number): number {
  return Math.min(BUCKETS - 1, Math.max(0, Math.floor(Math.log(value / LEAST_VALUE) / LOG_RATIO)));
}

/** Linear between the nearest ranks, as k6's exact sink has it. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}
