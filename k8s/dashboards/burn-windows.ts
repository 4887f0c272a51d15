/** How fast an error budget may burn over a window before somebody is paged. */
export interface BurnWindow {
  /** As PromQL writes it. */
  readonly window: string;
  /** Multiple of the rate at which the budget lasts for its 30 days. */
  readonly factor: number;
}

/**
 * The long windows of the alarms that page (lib/constructs/burn-rates.ts), which is what six hours of history can show;
 * those of a day and more are in CloudWatch.
 */
export const BURN_WINDOWS: readonly BurnWindow[] = [
  { window: '1h', factor: 14.4 },
  { window: '6h', factor: 6 },
];

/** Those that a budget can burn so fast in: more than all requests cannot be bad. */
export function pagingWindows(budgetPercent: number): readonly BurnWindow[] {
  return BURN_WINDOWS.filter(({ factor }) => factor * budgetPercent < 100);
}
