import { setTimeout as sleep } from 'node:timers/promises';

/** How callers share transactions. */
export interface GroupCommitProps<Unit, Result> {
  /** Writes units in one transaction; a result for each, in order. */
  readonly commit: (units: readonly Unit[]) => Promise<readonly (Result | Error)[]>;
  /** Rows and bytes that a unit adds to a transaction. */
  readonly sizeOf: (unit: Unit) => { readonly rows: number; readonly bytes: number };
  /** Least time between the starts of two transactions that are not full, ms; it grows with their duration. @default 5 */
  readonly minSpacingMs?: number;
  /** Most rows of a transaction; a single larger unit goes alone. @default 1000 */
  readonly maxRows?: number;
  /** Most bytes of a transaction; a single larger unit goes alone. @default 4 MiB */
  readonly maxBytes?: number;
  /** Most bytes that wait for a transaction; further units are refused. @default 32 MiB */
  readonly maxWaitingBytes?: number;
  /** Transactions at the same time; further units wait and share the next one. @default 4 */
  readonly concurrency?: number;
}

/** A unit that waits for its transaction. */
interface Waiting<Unit, Result> {
  readonly unit: Unit;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

const MIB = 1024 * 1024;

/**
 * Rows with which a transaction starts without waiting for more. A statement costs as much as some 25 rows before it
 * writes the first one (1.3 ms of PostgreSQL beside 0.04 ms a row, measured), so that larger ones save little.
 */
const ENOUGH_ROWS = 100;

/** Longest time between the starts of two transactions, ms: callers wait for it, and a slow database does not gain more. */
const MAX_SPACING_MS = 20;

/** Weight of the last transaction in the mean duration. */
const DURATION_WEIGHT = 0.1;

/** More waits than may: the database is slower than the callers. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
}

/**
 * Time between the starts of two transactions, ms: twice what one takes. Small transactions then keep a database that
 * is busy no busier than half of the time, and a fast one is not waited for.
 * @param meanMs mean duration of the recent ones, ms
 */
export function spacingMs(meanMs: number, leastMs: number): number {
  return Math.max(leastMs, Math.min(2 * meanMs, MAX_SPACING_MS));
}

/**
 * Lets concurrent writers share one transaction. The first unit of a quiet time goes at once; the next units gather
 * until the spacing is over, or until there are enough of them. A promise resolves after its transaction has committed.
 */
export class GroupCommit<Unit, Result> {
  private readonly props: Required<GroupCommitProps<Unit, Result>>;
  private waiting: Waiting<Unit, Result>[] = [];
  private waitingBytes = 0;
  private waitingRows = 0;
  private underWay = 0;
  private isTimerSet = false;
  /** When a transaction may start that is not full, ms of `performance.now()`. */
  private nextStart = 0;
  private meanMs = 0;
  private isClosed = false;
  private readonly running = new Set<Promise<void>>();

  constructor(props: GroupCommitProps<Unit, Result>) {
    this.props = {
      ...{ minSpacingMs: 5, maxRows: 1000, maxBytes: 4 * MIB, maxWaitingBytes: 32 * MIB, concurrency: 4 },
      ...props,
    };
  }

  /**
   * Writes a unit together with others.
   * @throws what `commit` throws, or the unit's own error; QueueFullError, then nothing of the unit is written
   */
  add(unit: Unit): Promise<Result> {
    if (this.isClosed) return Promise.reject(new Error('The writer is closed.'));
    const { bytes } = this.props.sizeOf(unit);
    if (this.waiting.length > 0 && this.waitingBytes + bytes > this.props.maxWaitingBytes) {
      return Promise.reject(new QueueFullError(`${this.waiting.length} calls wait to be written already.`));
    }
    this.count(unit, 1);
    const promise = new Promise<Result>((resolve, reject) => {
      this.waiting.push({ unit, resolve, reject });
    });
    this.schedule();
    return promise;
  }

  /** Writes what waits and ends; later units are refused. */
  async close(): Promise<void> {
    this.isClosed = true;
    while (this.waiting.length > 0 || this.running.size > 0) {
      if (this.underWay < this.props.concurrency) this.start();
      await Promise.race(this.running);
    }
  }

  private schedule(): void {
    if (this.waiting.length === 0 || this.underWay >= this.props.concurrency) return;
    if (this.hasEnough()) {
      this.start();
      return;
    }
    if (this.isTimerSet) return;
    this.isTimerSet = true;
    const wait = this.nextStart - performance.now();
    // After a quiet time nothing is gained by waiting longer than for callers of the same turn.
    void (wait > 0 ? sleep(wait) : Promise.resolve()).then(() => {
      this.isTimerSet = false;
      if (this.underWay < this.props.concurrency) this.start();
    });
  }

  private hasEnough(): boolean {
    return this.waitingRows >= ENOUGH_ROWS || this.takeCount() < this.waiting.length;
  }

  /** Number of waiting units that fit one transaction. */
  private takeCount(): number {
    let [rows, bytes, count] = [0, 0, 0];
    for (const { unit } of this.waiting) {
      const size = this.props.sizeOf(unit);
      rows += size.rows;
      bytes += size.bytes;
      if (count > 0 && (rows > this.props.maxRows || bytes > this.props.maxBytes)) break;
      count += 1;
    }
    return count;
  }

  private start(): void {
    const taken = this.waiting.splice(0, this.takeCount());
    if (taken.length === 0) return;
    for (const { unit } of taken) this.count(unit, -1);
    this.underWay += 1;
    const started = performance.now();
    this.nextStart = started + spacingMs(this.meanMs, this.props.minSpacingMs);
    const run = this.run(taken).finally(() => {
      this.underWay -= 1;
      this.running.delete(run);
      this.meanMs += DURATION_WEIGHT * (performance.now() - started - this.meanMs);
      this.schedule();
    });
    this.running.add(run);
  }

  /** @param sign 1 for a unit that waits, -1 for one that is taken */
  private count(unit: Unit, sign: 1 | -1): void {
    const { rows, bytes } = this.props.sizeOf(unit);
    this.waitingRows += sign * rows;
    this.waitingBytes += sign * bytes;
  }

  private async run(taken: readonly Waiting<Unit, Result>[]): Promise<void> {
    try {
      const results = await this.props.commit(taken.map(({ unit }) => unit));
      for (const [index, { resolve, reject }] of taken.entries()) {
        const result = results[index];
        if (result === undefined || result instanceof Error) reject(result ?? new Error('No result'));
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of taken) reject(error);
    }
  }
}
