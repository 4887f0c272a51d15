/** Weighted median: the smallest value at which the rows up to it have at least half of the weight; 0 without rows. */
export function weightedMedian(values: Float64Array, weights: Float64Array, rows: Int32Array): number {
  const order = Int32Array.from(rows).sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
  let total = 0;
  for (const row of order) total += weights[row] as number;
  let sum = 0;
  for (const row of order) {
    sum += weights[row] as number;
    if (sum >= total / 2) return values[row] as number;
  }
  return 0;
}
