import type { ResolvedHpaSpec } from './hpa-spec';

/** Deviations of the ratio from 1 that cause no change. */
export interface Tolerances {
  /** Above 1, e.g. 0.1. */
  readonly scaleUp: number;
  /** Below 1, e.g. 0.1. */
  readonly scaleDown: number;
}

/** Tolerances of the HPA's `behavior`; without one, that of the controller. */
export function tolerancesOf({ behavior, controller: { tolerance } }: ResolvedHpaSpec): Tolerances {
  return {
    scaleUp: behavior?.scaleUp.tolerance ?? tolerance,
    scaleDown: behavior?.scaleDown.tolerance ?? tolerance,
  };
}

/** Whether the ratio is within the tolerances, bounds included (`Tolerances.isWithin`). */
export function isWithin({ scaleUp, scaleDown }: Tolerances, ratio: number): boolean {
  return 1 - scaleDown <= ratio && ratio <= 1 + scaleUp;
}
