import type { Waiting } from '../../shared/retry';

/** Bounds of the waits, ms. */
export interface BackoffProps {
  readonly minMs: number;
  readonly maxMs: number;
  readonly waiting: Pick<Waiting, 'random' | 'elapsedMs'>;
}

/** Spaces attempts at a server that fails: from half of the bound to all of it, and the bound doubles. */
export class Backoff {
  private failures = 0;
  private until = Number.NEGATIVE_INFINITY;

  constructor(private readonly props: BackoffProps) {}

  /** Time until the next attempt, ms; 0 where it may be now. */
  get remainingMs(): number {
    return Math.max(0, this.until - this.props.waiting.elapsedMs());
  }

  /** Notes a failure. @returns whether it is the first one after a success */
  fail(): boolean {
    // Attempts at the same time fail together: they count once.
    if (this.remainingMs > 0) return false;
    const { minMs, maxMs, waiting } = this.props;
    const bound = Math.min(maxMs, minMs * 2 ** this.failures);
    this.until = waiting.elapsedMs() + bound * (0.5 + waiting.random() / 2);
    this.failures += 1;
    return this.failures === 1;
  }

  /** Notes a success. @returns whether it is the first one after a failure */
  succeed(): boolean {
    const hasFailed = this.failures > 0;
    this.failures = 0;
    this.until = Number.NEGATIVE_INFINITY;
    return hasFailed;
  }
}
