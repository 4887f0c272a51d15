/** How the platform's clock runs; `platform.json` hands it to the scaler, so that both have the same time. */
export interface ClockSettings {
  /** When both clocks showed the same time, ms since 1970-01-01 UTC. */
  readonly startedAtMs: number;
  /** Seconds of the platform's clock in a second; 1: real time. */
  readonly speed: number;
}

/**
 * The platform's clock: at a speed of 60, an hour of forecasts, leases and the HPA's windows passes in a minute. Pods
 * start no faster, and a rate is still what a real second brings.
 *
 * @param realMs this machine's clock, ms since 1970-01-01 UTC
 * @returns ms since 1970-01-01 UTC
 */
export function platformClock({ startedAtMs, speed }: ClockSettings, realMs: () => number): () => number {
  return () => startedAtMs + (realMs() - startedAtMs) * speed;
}
