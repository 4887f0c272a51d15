import { BURN_RATES, type BurnRate } from '../../lib/config/burn-rates';

/** Burn rate over a window above which an alarm pages. */
export interface BurnWindow {
  /** Length of the window as a PromQL duration, e.g. `1h`. */
  readonly window: string;
  /** Burn rate: a multiple of the rate at which the budget lasts exactly 30 days. */
  readonly factor: number;
}

/**
 * Long windows of the paging alarms. The Prometheus here keeps six hours of history; CloudWatch has the windows of a
 * day and more.
 */
export const BURN_WINDOWS = pagingWindows(BURN_RATES);

/** Long windows and factors of the paging alarms among the burn rates. */
export function pagingWindows(rates: readonly BurnRate[]): readonly BurnWindow[] {
  return rates
    .filter(({ severity }) => severity === 'page')
    .map(({ factor, longWindow }) => ({ factor, window: longWindow.name }));
}
