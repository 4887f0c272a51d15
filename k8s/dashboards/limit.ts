import type { Thresholds } from './grafana';

/** Told apart by people of any colour vision, on a light and on a dark page. */
const KEPT = 'blue';
const MISSED = 'orange';

/** The value that must not be passed, and the side that is missed. */
export interface Limit {
  readonly value: number;
  readonly missed: 'above' | 'below';
}

/** The promise is kept up to `value`. */
export function atMost(value: number): Limit {
  return { value, missed: 'above' };
}

/** The promise is kept from `value` on. */
export function atLeast(value: number): Limit {
  return { value, missed: 'below' };
}

/** Colours of values on the two sides of the limits; with several, all missed on the same side. */
export function thresholdsOf(limits: readonly Limit[]): Thresholds {
  const [below, above] = limits.some(({ missed }) => missed === 'below') ? [MISSED, KEPT] : [KEPT, MISSED];
  const values = limits.map(({ value }) => value).sort((a, b) => a - b);
  return {
    mode: 'absolute',
    steps: [{ color: below, value: null }, ...values.map((value) => ({ color: above, value }))],
  };
}
