/** A billionth of the unit, the precision of a Kubernetes quantity, in thousandths. */
const NANO_IN_MILLI = 1e-6;

/**
 * Converts to whole thousandths of a unit, rounded up like `Quantity.MilliValue`; the controller computes with these.
 * Rounding errors of a double (16.1 x 1000 is 16100.000000000002) are below a billionth and do not round up.
 */
export function toMilli(value: number): number {
  // + 0 turns -0 into 0.
  return Math.ceil(value * 1000 - NANO_IN_MILLI) + 0;
}
