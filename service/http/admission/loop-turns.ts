import { performance } from 'node:perf_hooks';

/** Time between two looks at the event loop, ms. */
const EVERY_MS = 25;

/** Time of whose turns the mean is told, ms. */
const WINDOW_MS = 100;

export interface LoopTurnsProps {
  /** Called after each turn that was measured, when the turn's other work is done. */
  readonly onTurn: () => void;
  /** Called with the mean of some turns, ms. */
  readonly onMean: (turnMs: number) => void;
  /** Whether there is still something to look after. */
  readonly isNeeded: () => boolean;
}

/**
 * Measures how long turns of the event loop take while there is work. A turn is measured from one `setImmediate` to the
 * next: with one pending the loop does not wait for events, so waiting does not count.
 */
export class LoopTurns {
  private isRunning = false;
  private sum = 0;
  private count = 0;
  private sinceMs = 0;

  constructor(private readonly props: LoopTurnsProps) {}

  /** Begins to look, unless it does already. It ends by itself. */
  start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    this.begin();
    this.lookLater();
  }

  private begin(): void {
    this.sum = 0;
    this.count = 0;
    this.sinceMs = performance.now();
  }

  private lookLater(): void {
    setTimeout(() => {
      setImmediate(() => {
        const startMs = performance.now();
        setImmediate(() => this.take(performance.now() - startMs));
      });
    }, EVERY_MS).unref();
  }

  private take(turnMs: number): void {
    const { onTurn, onMean, isNeeded } = this.props;
    onTurn();
    this.sum += turnMs;
    this.count += 1;
    if (performance.now() - this.sinceMs >= WINDOW_MS) {
      onMean(this.sum / this.count);
      this.begin();
    }
    this.isRunning = isNeeded();
    if (this.isRunning) this.lookLater();
  }
}
