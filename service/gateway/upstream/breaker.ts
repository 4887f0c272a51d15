/** What a breaker is made of. */
export interface BreakerProps {
  /** Least calls within the window before the breaker may open. @default 10 */
  readonly leastCalls?: number;
  /** Share of failed calls from which it opens, 0 to 1. @default 0.5 */
  readonly failureShare?: number;
  /** Length of the window, ms. @default 30000 */
  readonly windowMs?: number;
  /** How long it stays open the first time, ms; doubled with each failed trial. @default 5000 */
  readonly openMs?: number;
  /** Longest time that it stays open, ms. @default 60000 */
  readonly longestOpenMs?: number;
}

/** `closed`: calls go through; `open`: none does; `half-open`: one trial is under way. */
export type BreakerState = 'closed' | 'open' | 'half-open';

const DEFAULTS: Required<BreakerProps> = {
  leastCalls: 10,
  failureShare: 0.5,
  windowMs: 30_000,
  openMs: 5000,
  longestOpenMs: 60_000,
};

/**
 * Keeps calls from a provider that fails most of them. Callers get an answer at once instead of a time-out, and the
 * provider gets rest (Nygard, "Release It!", chapter "Circuit Breaker"). Times are those of a monotonic clock, ms.
 */
export class Breaker {
  private readonly props: Required<BreakerProps>;
  private current: BreakerState = 'closed';
  private openedAt = 0;
  private openMs: number;
  private windowStart = Number.NEGATIVE_INFINITY;
  private calls = 0;
  private failures = 0;

  constructor(props: BreakerProps = {}) {
    this.props = { ...DEFAULTS, ...props };
    this.openMs = this.props.openMs;
  }

  get state(): BreakerState {
    return this.current;
  }

  /**
   * Asks for a call. Each call that may go is followed by one `succeeded`, `failed` or `cancelled`.
   * @returns ms until the next trial; 0: the call may go
   */
  admit(nowMs: number): number {
    if (this.current === 'closed') return 0;
    const restMs = this.openedAt + this.openMs - nowMs;
    // While a trial is under way the others wait for its result.
    if (this.current === 'half-open') return Math.max(restMs, 1000);
    if (restMs > 0) return restMs;
    this.current = 'half-open';
    return 0;
  }

  /** The provider answered, also where it refused the call: it works. */
  succeeded(nowMs: number): void {
    if (this.current === 'half-open') this.close();
    else this.count(nowMs, false);
  }

  /** The provider failed: no connection, no answer in time, or an error of its own. */
  failed(nowMs: number): void {
    if (this.current === 'half-open') {
      this.openMs = Math.min(this.openMs * 2, this.props.longestOpenMs);
      this.open(nowMs);
      return;
    }
    this.count(nowMs, true);
    const { leastCalls, failureShare } = this.props;
    if (this.calls >= leastCalls && this.failures >= failureShare * this.calls) this.open(nowMs);
  }

  /** The call ended without telling anything about the provider, such as by its caller. */
  cancelled(): void {
    // The next caller is the trial.
    if (this.current === 'half-open') this.current = 'open';
  }

  private count(nowMs: number, isFailure: boolean): void {
    if (nowMs - this.windowStart > this.props.windowMs) {
      this.windowStart = nowMs;
      this.calls = 0;
      this.failures = 0;
    }
    this.calls += 1;
    if (isFailure) this.failures += 1;
  }

  private open(nowMs: number): void {
    this.current = 'open';
    this.openedAt = nowMs;
  }

  private close(): void {
    this.current = 'closed';
    this.openMs = this.props.openMs;
    this.windowStart = Number.NEGATIVE_INFINITY;
  }
}
