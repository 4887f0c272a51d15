import type { Thresholds } from './grafana';

/** Colours that people with any colour vision can tell apart, on a light and on a dark page. */
const KEPT = 'blue';
const MISSED = 'orange';

/** Bound of an objective. */
export interface Limit {
  /** The bound itself, in the panel's unit; it still meets the objective. */
  readonly value: number;
  /** Side of `value` on which the objective is missed. */
  readonly missed: 'above' | 'below';
}

/** Upper bound: the objective is met up to `value`. */
export function atMost(value: number): Limit {
  return { value, missed: 'above' };
}

/** Lower bound: the objective is met from `value` on. */
export function atLeast(value: number): Limit {
  return { value, missed: 'below' };
}

/** Colours on both sides of the limits. Several limits must all be missed on the same side. */
export function thresholdsOf(limits: readonly Limit[]): Thresholds {
  const [below, above] = limits.some(({ missed }) => missed === 'below') ? [MISSED, KEPT] : [KEPT, MISSED];
  const values = limits.map(({ value }) => value).sort((a, b) => a - b);
  return {
    mode: 'absolute',
    steps: [{ color: below, value: null }, ...values.map((value) => ({ color: above, value }))],
  };
}
