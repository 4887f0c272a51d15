import { LRUCache } from 'lru-cache';
import { localPeriods } from '../costs/local-periods';
import type { BudgetPeriod } from './budget';

/** A day or month of a budget. */
export interface BudgetWindow {
  /** Included. */
  readonly startsAt: Date;
  /** Excluded. */
  readonly endsAt: Date;
}

const DAY_MS = 86_400_000;

/** A time before and after an instant that holds the whole window around it, ms. */
const REACH_MS: Record<BudgetPeriod, number> = { day: 3 * DAY_MS, month: 70 * DAY_MS };

/** The newest window of each zone that was asked for; reading a zone's clock takes some 50 µs. */
const newest = new LRUCache<string, BudgetWindow>({ max: 1000 });

/**
 * The window that an instant belongs to. It begins at the first instant of the local day or month, so a day lasts 23 or
 * 25 hours where the clocks change.
 * @param timeZone name of the IANA database
 * @throws RequestError `invalid_query` for an unknown zone
 */
export function windowOf(period: BudgetPeriod, timeZone: string, at: Date): BudgetWindow {
  const name = `${period} ${timeZone}`;
  const known = newest.get(name);
  if (known !== undefined && known.startsAt <= at && at < known.endsAt) return known;
  const window = readWindow(period, timeZone, at.getTime());
  if (known === undefined || known.startsAt < window.startsAt) newest.set(name, window);
  return window;
}

function readWindow(period: BudgetPeriod, timeZone: string, at: number): BudgetWindow {
  const reach = REACH_MS[period];
  const found = localPeriods(period, timeZone, at - reach, at + reach).find(
    ({ start, end }) => start <= at && at < end,
  );
  if (found === undefined) throw new Error(`no ${period} of ${timeZone} holds ${at}`);
  return { startsAt: new Date(found.start), endsAt: new Date(found.end) };
}
