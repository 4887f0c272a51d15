/** Look-ups of unknown keys at the same time; the other connections of the pool stay free for what valid keys ask. */
const MOST_UNDER_WAY = 4;

/** Look-ups that wait. At a few milliseconds each, the last one waits for less than a second. */
const MOST_WAITING = 200;

/** More unknown keys wait to be looked up than may. */
export class TooManyLookUpsError extends Error {
  override readonly name = 'TooManyLookUpsError';
}

/** A look-up that waits for its turn. */
interface Waiting {
  readonly start: () => void;
  readonly fail: (error: unknown) => void;
}

export interface LookUpTurnsProps {
  /** Look-ups at the same time. @default 4 */
  readonly mostUnderWay?: number;
  /** Look-ups that wait for a turn; further ones are refused. @default 200 */
  readonly mostWaiting?: number;
}

/**
 * Lets few look-ups run at the same time, first come, first served. Whoever sends invented keys, each one once, would
 * otherwise take all connections of the pool.
 */
export class LookUpTurns {
  private readonly mostUnderWay: number;
  private readonly mostWaiting: number;
  private readonly waiting: Waiting[] = [];
  private underWay = 0;

  constructor({ mostUnderWay = MOST_UNDER_WAY, mostWaiting = MOST_WAITING }: LookUpTurnsProps = {}) {
    this.mostUnderWay = mostUnderWay;
    this.mostWaiting = mostWaiting;
  }

  /**
   * Runs a look-up when it is its turn. Where one fails, those that wait fail with it: a database that does not answer
   * would let each of them wait for another time limit.
   * @throws TooManyLookUpsError at once where too many wait, and what the look-up throws
   */
  async run<T>(lookUp: () => Promise<T>): Promise<T> {
    if (this.underWay < this.mostUnderWay) this.underWay += 1;
    else await this.turn();
    try {
      return await lookUp();
    } catch (error) {
      for (const { fail } of this.waiting.splice(0)) fail(error);
      throw error;
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.underWay -= 1;
      else next.start();
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.length >= this.mostWaiting) {
      throw new TooManyLookUpsError(`${this.waiting.length} unknown keys wait to be looked up already.`);
    }
    return new Promise((start, fail) => this.waiting.push({ start, fail }));
  }
}
