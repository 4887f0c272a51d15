/** Bytes that all buffers of a process may hold before their streams wait for their readers. */
export class ReplayBudget {
  private held = 0;

  /** @param maxBytes bytes of all buffers together. @default 16 MiB */
  constructor(private readonly maxBytes = 16 * 1024 * 1024) {}

  get isOver(): boolean {
    return this.held > this.maxBytes;
  }

  add(bytes: number): void {
    this.held += bytes;
  }
}

export interface ReplayBufferProps {
  readonly budget: ReplayBudget;
  /** Bytes that are kept for readers who come later; a longer stream cannot be joined any more. @default 1 MiB */
  readonly maxBytes?: number;
  /** Called once, when the stream cannot be joined any more. */
  readonly onClosed: () => void;
}

interface Reader {
  /** Number of the next chunk. */
  position: number;
  wake: () => void;
}

/** Bytes that a stream may be ahead of its slowest reader once its beginning is not kept any more. */
const AHEAD_BYTES = 64 * 1024;

/**
 * One stream for several readers: a reader gets what has come so far, then what comes. The stream runs ahead of slow
 * readers while there is memory for it; afterwards it is as fast as the slowest of them.
 */
export class ReplayBuffer {
  private chunks: (Uint8Array | undefined)[] = [];
  private bytes = 0;
  private isJoinable = true;
  private isEnded = false;
  private readonly readers = new Set<Reader>();
  private wakeSource: () => void = () => undefined;

  constructor(private readonly props: ReplayBufferProps) {}

  /** Whether a new reader would get the stream from its beginning. */
  get canJoin(): boolean {
    return this.isJoinable;
  }

  /** Reads a stream to its end, also where no reader is left: its result is wanted. Never rejects. */
  async fill(source: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const chunk of source) await this.push(chunk);
    } finally {
      this.end();
    }
  }

  /** The stream from its beginning, as a reader that counts from now on. */
  follow(): AsyncGenerator<Uint8Array> {
    const reader: Reader = { position: 0, wake: () => undefined };
    this.readers.add(reader);
    return this.read(reader);
  }

  private async *read(reader: Reader): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = this.chunks[reader.position];
        if (chunk !== undefined) {
          reader.position += 1;
          this.trim();
          yield chunk;
        } else if (this.isEnded) return;
        else {
          await new Promise<void>((resolve) => {
            reader.wake = resolve;
          });
        }
      }
    } finally {
      this.readers.delete(reader);
      this.trim();
    }
  }

  private async push(chunk: Uint8Array): Promise<void> {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    this.props.budget.add(chunk.length);
    if (this.isJoinable && (this.bytes > (this.props.maxBytes ?? 1024 * 1024) || this.props.budget.isOver)) {
      this.stopJoining();
    }
    for (const { wake } of this.readers) wake();
    this.trim();
    while (!this.isJoinable && this.bytes > AHEAD_BYTES && this.readers.size > 0) {
      await new Promise<void>((resolve) => {
        this.wakeSource = resolve;
      });
    }
  }

  private end(): void {
    this.isEnded = true;
    this.stopJoining();
    for (const { wake } of this.readers) wake();
  }

  private stopJoining(): void {
    if (!this.isJoinable) return;
    this.isJoinable = false;
    this.props.onClosed();
    this.trim();
  }

  /** Gives up what every reader has read. */
  private trim(): void {
    if (this.isJoinable) return;
    let first = this.chunks.length;
    for (const { position } of this.readers) first = Math.min(first, position);
    for (let index = first - 1; index >= 0 && this.chunks[index] !== undefined; index -= 1) {
      const { length } = this.chunks[index] as Uint8Array;
      this.bytes -= length;
      this.props.budget.add(-length);
      this.chunks[index] = undefined;
    }
    this.wakeSource();
  }
}
