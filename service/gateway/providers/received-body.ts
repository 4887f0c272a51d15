import { ProviderError } from './provider';

/** Where the bytes of a body come from. */
export interface BodySource {
  /** Keeps further bytes from coming. */
  pause(): void;
  resume(): void;
  /** Ends the answer early and frees its connection. */
  cancel(): void;
}

/** Bytes that wait for their reader before the source has to wait. */
const AHEAD_BYTES = 64 * 1024;

type Chunk = IteratorResult<Uint8Array, undefined>;

const DONE: Chunk = { done: true, value: undefined };

/**
 * The body of an answer as it arrives, for one reader: chunk by chunk at the reader's speed, or as a whole. It does
 * what a stream does, and costs a fraction of one.
 */
export class ReceivedBody implements AsyncIterableIterator<Uint8Array, undefined> {
  private chunks: Uint8Array[] = [];
  private bytes = 0;
  private state: 'open' | 'ended' | 'failed' = 'open';
  private failure: unknown;
  private isPaused = false;
  private reader: { resolve(chunk: Chunk): void; reject(error: unknown): void } | undefined;
  private whole: { readonly maxBytes: number; readonly settle: () => void } | undefined;
  private onEnded: () => void = () => undefined;

  constructor(private readonly source: BodySource) {}

  /** Calls a listener once, as soon as no byte comes any more: at once where that is so already. */
  onEnd(listener: () => void): void {
    if (this.state === 'open') this.onEnded = listener;
    else listener();
  }

  /** Takes bytes that have arrived. */
  push(chunk: Uint8Array): void {
    if (this.state !== 'open') return;
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    // What arrived with one packet comes to the reader as one: each piece would cost as much again.
    if (this.reader !== undefined && this.chunks.length === 1) queueMicrotask(() => this.wake());
    if (this.whole !== undefined) this.checkSize(this.whole.maxBytes);
    else if (this.bytes >= AHEAD_BYTES && !this.isPaused) {
      this.isPaused = true;
      this.source.pause();
    }
  }

  /** The body is complete. */
  end(): void {
    this.finish('ended');
  }

  /** The body has broken off. Its reader learns of it after the bytes that have arrived. */
  fail(error: unknown): void {
    this.failure = error;
    this.finish('failed');
  }

  /** @throws what the body failed with, once */
  next(): Promise<Chunk> {
    if (this.chunks.length > 0) return Promise.resolve({ done: false, value: this.take() });
    if (this.state === 'failed') {
      this.state = 'ended';
      return Promise.reject(this.failure);
    }
    if (this.state === 'ended') return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.reader = { resolve, reject };
    });
  }

  /** Ends the answer early: its reader has stopped. */
  return(): Promise<Chunk> {
    const wasOpen = this.state === 'open';
    this.chunks = [];
    this.finish('ended');
    if (wasOpen) this.source.cancel();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * The whole body, for a reader that has taken no chunk of it.
   * @throws ProviderError `malformed` where it has more bytes, then it is cancelled; what the body failed with
   */
  readWhole(maxBytes: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        if (this.state === 'failed') reject(this.failure);
        else resolve(joined(this.chunks));
      };
      if (this.state !== 'open') return settle();
      this.whole = { maxBytes, settle };
      this.checkSize(maxBytes);
      this.resume();
    });
  }

  private checkSize(maxBytes: number): void {
    if (this.bytes <= maxBytes) return;
    this.fail(new ProviderError('malformed', `the answer has more than ${maxBytes} bytes`));
    this.source.cancel();
  }

  /** All bytes that have arrived. */
  private take(): Uint8Array {
    const value = joined(this.chunks);
    this.chunks = [];
    this.bytes = 0;
    this.resume();
    return value;
  }

  private wake(): void {
    const { reader } = this;
    if (reader === undefined) return;
    this.reader = undefined;
    this.next().then(reader.resolve, reader.reject);
  }

  private resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.source.resume();
  }

  private finish(state: 'ended' | 'failed'): void {
    if (this.state !== 'open') return;
    this.state = state;
    this.onEnded();
    this.whole?.settle();
    this.wake();
  }
}

/** One chunk is not copied: most answers come in one. */
function joined(chunks: readonly Uint8Array[]): Buffer {
  const [only] = chunks;
  if (chunks.length !== 1 || only === undefined) return Buffer.concat(chunks);
  return Buffer.from(only.buffer, only.byteOffset, only.length);
}
