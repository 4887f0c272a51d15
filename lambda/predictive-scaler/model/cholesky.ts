/** Smallest pivot; it bounds the solution of a nearly singular system. */
const MIN_PIVOT = 1e-12;

/**
 * Solves a symmetric positive definite system by Cholesky's factorisation, in place.
 * @param lower lower triangle of the matrix, row-major, size x size; replaced by its factor
 * @returns the solution
 */
export function solveCholesky(lower: Float64Array, right: Float64Array, size: number): Float64Array {
  factorise(lower, size);
  const solution = Float64Array.from(right);
  for (let row = 0; row < size; row += 1) {
    let sum = solution[row] as number;
    for (let k = 0; k < row; k += 1) sum -= (lower[row * size + k] as number) * (solution[k] as number);
    solution[row] = sum / (lower[row * size + row] as number);
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    let sum = solution[row] as number;
    for (let k = row + 1; k < size; k += 1)
      sum -= (lower[k * size + row] as number) * (solution[k] as number);
    solution[row] = sum / (lower[row * size + row] as number);
  }
  return solution;
}

function factorise(lower: Float64Array, size: number): void {
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = lower[row * size + column] as number;
      for (let k = 0; k < column; k += 1) {
        sum -= (lower[row * size + k] as number) * (lower[column * size + k] as number);
      }
      lower[row * size + column] =
        row === column
          ? Math.sqrt(Math.max(sum, MIN_PIVOT))
          : sum / (lower[column * size + column] as number);
    }
  }
}
