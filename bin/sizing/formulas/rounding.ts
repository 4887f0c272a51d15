/** Differences of floating-point products that must not add a step. */
const DUST = 1e-9;

/** The next multiple of a step. */
export function ceilTo(step: number, value: number): number {
  return step * Math.ceil(value / step - DUST);
}

export function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
