import type { StreamFacts, StreamMeter } from '../formats/call-format';
import type { SseEvent } from '../streams/sse-event';

/** Splits bytes into events. */
export interface EventSplitter {
  /** Events that are complete with these bytes. */
  push(bytes: Uint8Array): readonly SseEvent[];
  /** What is left at the end of the stream. */
  end(): readonly SseEvent[];
}

export interface MeteredStreamProps {
  /** The provider's stream. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the provider's stream early. */
  readonly cancel: () => void;
  readonly splitter: EventSplitter;
  readonly meter: StreamMeter;
  /** How long the rest is read for its usage after the caller has left, ms. */
  readonly drainMs: number;
  /** What is sent where the provider breaks off, so that the caller does not take a part for the whole. */
  readonly brokenEvent: (error: Error) => Uint8Array;
}

/** The provider ended a stream in order, but in the middle of its answer. */
class StreamCutError extends Error {
  override readonly name = 'StreamCutError';
}

/** How a stream ended. */
export interface StreamEnded {
  readonly facts: StreamFacts;
  /** Why the provider's stream broke off. Null where it did not. */
  readonly error: Error | null;
  /** Whether the caller left before the end. */
  readonly callerLeft: boolean;
}

/**
 * Passes a provider's stream on as it arrives and reads its usage on the way. A caller who stops reading does not end
 * the accounting: the rest is read for some time, because the usage stands in the last event. The caller's speed is the
 * provider's: nothing is read before the last chunk has been taken.
 */
export class MeteredStream implements AsyncIterable<Uint8Array> {
  /** Resolves once the stream has ended; never rejects. */
  readonly ended: Promise<StreamEnded>;
  private end!: (ended: StreamEnded) => void;

  constructor(private readonly props: MeteredStreamProps) {
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  /** The stream; it can be read once. An event goes out once it is whole, so that no part of one stands before an error. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { body, splitter, brokenEvent } = this.props;
    const source = body[Symbol.asyncIterator]();
    let isOver = false;
    try {
      for (let next = await source.next(); next.done !== true; next = await source.next()) {
        const shown = this.read(splitter.push(next.value));
        if (shown.length > 0) yield joined(shown);
      }
      const rest = this.read(splitter.end());
      const facts = this.props.meter.facts();
      // Some compatible servers leave out the last events. Without a reason why the output ended, it did not end.
      if (facts.end === 'cut' && facts.finishReason === null)
        throw new StreamCutError('the stream has no end');
      if (rest.length > 0) yield joined(rest);
      isOver = true;
      this.finish(null, false);
    } catch (error) {
      isOver = true;
      this.finish(error as Error, false);
      // A connection that stays open or breaks after the last event has cost nothing of the answer.
      if (this.props.meter.facts().end === 'cut') yield brokenEvent(error as Error);
    } finally {
      // The caller stopped reading in the middle.
      if (!isOver) void this.drain(source);
    }
  }

  /** @returns bytes of the events that the caller gets */
  private read(events: readonly SseEvent[]): Uint8Array[] {
    const shown: Uint8Array[] = [];
    for (const event of events) if (this.props.meter.read(event) === 'pass') shown.push(event.bytes);
    return shown;
  }

  private async drain(source: AsyncIterator<Uint8Array>): Promise<void> {
    const { splitter, cancel, drainMs } = this.props;
    const timer = setTimeout(cancel, drainMs);
    let failure: Error | null = null;
    try {
      for (let next = await source.next(); next.done !== true; next = await source.next()) {
        this.read(splitter.push(next.value));
      }
      this.read(splitter.end());
    } catch (error) {
      failure = error as Error;
    } finally {
      clearTimeout(timer);
      this.finish(failure, true);
    }
  }

  private finish(error: Error | null, callerLeft: boolean): void {
    this.end({ facts: this.props.meter.facts(), error, callerLeft });
  }
}

/** Events that came together go out together. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}
