/**
 * How fast an error budget may burn before an alarm goes off. A burn rate of 1 uses the budget up in exactly its 30
 * days. The alarm needs both windows: the long one shows that it matters, the short one that it still continues.
 */
export interface BurnRate {
  /** Multiple of the rate at which the budget lasts for its 30 days. */
  readonly factor: number;
  /** Window that shows that a significant part of the budget has burned. */
  readonly longWindow: BurnWindow;
  /** Window that shows that the budget is still burning; it ends the alarm soon after the errors end. */
  readonly shortWindow: BurnWindow;
  /** Who is told: `page` at once, `ticket` in working hours. */
  readonly severity: 'page' | 'ticket';
}

/** A time window over which a burn rate is measured. */
export interface BurnWindow {
  /** Length of the window as part of an alarm's name, e.g. `6h`. */
  readonly name: string;
  /** Length of one sample, minutes; CloudWatch accepts a day at most. */
  readonly periodMinutes: number;
  /** Consecutive samples that must all exceed the rate. */
  readonly periods: number;
}

/** Days of an error budget. */
export const BUDGET_DAYS = 30;

/**
 * Factors and windows of Google's Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts"
 * (https://sre.google/workbook/alerting-on-slos/): 2 % of the budget in an hour, 5 % in six, 10 % in a day, 10 % in
 * three. CloudWatch has no sample of three days; there the budget has to burn on each of three days.
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

/**
 * Burn rates that a budget can reach: at most all requests can be bad.
 * @param budgetPercent share of requests that may be bad, percent, above 0
 */
export function reachableBurnRates(budgetPercent: number): readonly BurnRate[] {
  return BURN_RATES.filter(({ factor }) => factor * budgetPercent < 100);
}

function minutes(count: number): BurnWindow {
  return { name: `${count}m`, periodMinutes: count, periods: 1 };
}

function hours(count: number): BurnWindow {
  return { name: `${count}h`, periodMinutes: count * 60, periods: 1 };
}
