import { BURN_RATES, type BurnRate } from '../../lib/config/burn-rates';

/** How fast an error budget may burn over a window before somebody is paged. */
export interface BurnWindow {
  /** As PromQL writes it. */
  readonly window: string;
  /** Multiple of the rate at which the budget lasts for its 30 days. */
  readonly factor: number;
}

/**
 * The long windows of the alarms that page, which is what six hours of history can show; those of a day and more are in
 * CloudWatch.
 */
export const BURN_WINDOWS = pagingWindows(BURN_RATES);

/** Those of some burn rates. */
export function pagingWindows(rates: readonly BurnRate[]): readonly BurnWindow[] {
  return rates
    .filter(({ severity }) => severity === 'page')
    .map(({ factor, longWindow }) => ({ factor, window: longWindow.name }));
}
