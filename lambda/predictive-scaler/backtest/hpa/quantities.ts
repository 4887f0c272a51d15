/** A billionth of the unit: finer than this a Kubernetes quantity does not go. */
const NANO_IN_MILLI = 1e-6;

/**
 * Whole thousandths of a unit, rounded up as `Quantity.MilliValue` does; the controller reckons in these only.
 * What a double has too much (16.1 x 1000 is 16100.000000000002) is below a nano and is no reason to round up.
 */
export function toMilli(value: number): number {
  // + 0, for 0 would come out as -0.
  return Math.ceil(value * 1000 - NANO_IN_MILLI) + 0;
}
