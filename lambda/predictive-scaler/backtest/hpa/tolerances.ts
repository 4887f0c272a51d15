import type { ResolvedHpaSpec } from './hpa-spec';

/** Shares by which the ratio may miss 1 without a change, by direction. */
export interface Tolerances {
  readonly scaleUp: number;
  readonly scaleDown: number;
}

/** Newer controllers take them from the HPA; without `behavior` there is only the controller's own. */
export function tolerancesOf({ behavior, controller: { tolerance } }: ResolvedHpaSpec): Tolerances {
  return {
    scaleUp: behavior?.scaleUp.tolerance ?? tolerance,
    scaleDown: behavior?.scaleDown.tolerance ?? tolerance,
  };
}

/** Both edges belong to it (`Tolerances.isWithin`; controllers before it lost 1.1 to rounding). */
export function isWithin({ scaleUp, scaleDown }: Tolerances, ratio: number): boolean {
  return 1 - scaleDown <= ratio && ratio <= 1 + scaleUp;
}
