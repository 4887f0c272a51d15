/**
 * How fast an error budget may burn before somebody is told. A burn rate of 1 uses the budget up in exactly its 30
 * days. Both windows have to agree: the long one that it matters, the short one that it still goes on.
 */
export interface BurnRate {
  /** Multiple of the rate at which the budget lasts for its 30 days. */
  readonly factor: number;
  readonly longWindow: BurnWindow;
  readonly shortWindow: BurnWindow;
  readonly severity: 'page' | 'ticket';
}

export interface BurnWindow {
  /** In an alarm's name, e.g. `6h`. */
  readonly name: string;
  /** Length of one sample, minutes; CloudWatch takes a day at most. */
  readonly periodMinutes: number;
  /** Samples in a row. */
  readonly periods: number;
}

/** Days of an error budget. */
export const BUDGET_DAYS = 30;

/**
 * Factors and windows of Google's Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts"
 * (https://sre.google/workbook/alerting-on-slos/): 2 % of the budget in an hour, 5 % in six, 10 % in a day, 10 % in
 * three. CloudWatch has no sample of three days, so there each of three days has to burn.
 */
export const BURN_RATES: readonly BurnRate[] = [
  { factor: 14.4, longWindow: hours(1), shortWindow: minutes(5), severity: 'page' },
  { factor: 6, longWindow: hours(6), shortWindow: minutes(30), severity: 'page' },
  { factor: 3, longWindow: hours(24), shortWindow: hours(2), severity: 'ticket' },
  {
    factor: 1,
    longWindow: { name: '3d', periodMinutes: 24 * 60, periods: 3 },
    shortWindow: hours(6),
    severity: 'ticket',
  },
];

/** Those that a budget can burn at: more than all requests cannot be bad. */
export function reachableBurnRates(budgetPercent: number): readonly BurnRate[] {
  return BURN_RATES.filter(({ factor }) => factor * budgetPercent < 100);
}

function minutes(count: number): BurnWindow {
  return { name: `${count}m`, periodMinutes: count, periods: 1 };
}

function hours(count: number): BurnWindow {
  return { name: `${count}h`, periodMinutes: count * 60, periods: 1 };
}
