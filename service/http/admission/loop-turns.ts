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
 * Measures how long turns of the event loop take while there is work, by timers: one falls due somewhere in a turn, on
 * average in its middle, and runs when the turn is over. So a turn takes twice as long as the timer is late. Long turns
 * are met as often as they take time; a look at the turn that follows some event would mostly meet short ones.
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
    const dueMs = performance.now() + EVERY_MS;
    setTimeout(() => {
      const turnMs = 2 * Math.max(0, performance.now() - dueMs);
      setImmediate(() => this.take(turnMs));
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
