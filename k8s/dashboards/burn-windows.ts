/**
 * The windows of the alarms that page (lib/constructs/burn-rates.ts), which is what six hours of history can show; the
 * ones of a day and more are in CloudWatch.
 */
export const BURN_WINDOWS = ['5m', '30m', '1h', '6h'] as const;

/** Burn rates above which somebody is paged, over 1 hour and over 6. */
const PAGE_FACTORS = [14.4, 6];

/** Those that a budget can burn at: more than all requests cannot be bad. */
export function pageFactors(budgetPercent: number): readonly number[] {
  return PAGE_FACTORS.filter((factor) => factor * budgetPercent < 100);
}
