import type { LoadSample } from '../../../lambda/predictive-scaler/types';

/** Minutes that are kept: what forecasts read (15 days). */
const KEPT_MINUTES = 15 * 1440;

const MINUTE_MS = 60_000;

/** Least part of a minute that has to be measured; with less its load is unknown. */
const LEAST_MS = MINUTE_MS / 2;

/** The load of each minute, requests per second, from rates of parts of minutes. Times are the platform's, ms. */
export class MinuteLoads {
  private readonly minutes = new Map<number, { sum: number; measuredMs: number }>();

  /** @param rate of all pods between two moments */
  add(fromMs: number, untilMs: number, rate: number): void {
    const oldest = Math.floor(untilMs / MINUTE_MS) - KEPT_MINUTES;
    for (
      let minute = Math.max(oldest, Math.floor(fromMs / MINUTE_MS));
      minute * MINUTE_MS < untilMs;
      minute += 1
    ) {
      const part = Math.min(untilMs, (minute + 1) * MINUTE_MS) - Math.max(fromMs, minute * MINUTE_MS);
      const { sum, measuredMs } = this.minutes.get(minute) ?? { sum: 0, measuredMs: 0 };
      this.minutes.set(minute, { sum: sum + rate * part, measuredMs: measuredMs + part });
    }
    // Minutes are added in the order of time.
    for (const minute of this.minutes.keys()) {
      if (minute > oldest) break;
      this.minutes.delete(minute);
    }
  }

  /** Loads of the minutes that are over and were measured for half of them or more, oldest first. */
  between(fromMinute: number, untilMinute: number): LoadSample[] {
    return [...this.minutes]
      .filter(
        ([minute, { measuredMs }]) => minute >= fromMinute && minute < untilMinute && measuredMs >= LEAST_MS,
      )
      .map(([minute, { sum, measuredMs }]) => ({ minute, load: sum / measuredMs }));
  }
}
