import { Readable } from 'node:stream';

/** What keeps a silent stream alive on its way. */
export interface StreamPing {
  /** An event or a comment that clients ignore. */
  readonly bytes: Uint8Array;
  /** Longest silence, ms. */
  readonly everyMs: number;
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Bytes that wait for a slow reader before the source has to wait. */
const HIGH_WATER_BYTES = 16 * 1024;

/**
 * A stream of server-sent events as the body of an answer: chunks go out as they come, a ping goes into each silence
 * between two events, and a reader who stops ends the source.
 */
export class AnswerStream extends Readable {
  private readonly source: AsyncIterator<Uint8Array>;
  private isPulling = false;
  private isBetweenEvents = true;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    source: AsyncIterable<Uint8Array>,
    private readonly ping: StreamPing,
  ) {
    super({ highWaterMark: HIGH_WATER_BYTES });
    this.source = source[Symbol.asyncIterator]();
    this.timer = setInterval(() => this.fillSilence(), ping.everyMs);
  }

  override _read(): void {
    if (!this.isPulling) void this.pull();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.timer);
    // The source may be waiting for its provider; it learns of the end when that answers.
    void this.source.return?.().catch(() => undefined);
    done(error);
  }

  private async pull(): Promise<void> {
    this.isPulling = true;
    try {
      for (;;) {
        const next = await this.source.next();
        if (this.destroyed) return;
        if (next.done === true) {
          clearInterval(this.timer);
          this.push(null);
          return;
        }
        this.timer?.refresh();
        this.isBetweenEvents = endsEvent(next.value, this.isBetweenEvents);
        if (!this.push(next.value)) return;
      }
    } catch (error) {
      this.destroy(error as Error);
    } finally {
      this.isPulling = false;
    }
  }

  private fillSilence(): void {
    // Without a reader more pings would only wait, too.
    if (this.isBetweenEvents && this.readableLength === 0) this.push(this.ping.bytes);
  }
}

/** Whether an event ends with these bytes: with an empty line, whatever ends the lines. */
function endsEvent(bytes: Uint8Array, before: boolean): boolean {
  const { length } = bytes;
  if (length === 0) return before;
  const last = bytes[length - 1];
  const previous = bytes[length - 2];
  if (last === LINE_FEED && previous === LINE_FEED) return true;
  return last === LINE_FEED && previous === CARRIAGE_RETURN && bytes[length - 3] === LINE_FEED;
}
