import { join } from 'node:path';
import { JournalFailedError, JournalFullError } from './journal-errors';
import type { FormerSegment } from './journal-lock';
import { Segment } from './segment';

/** Size from which a new file begins, bytes. */
const SEGMENT_BYTES = 8 * 1024 * 1024;

/** Age from which a file with entries ends, ms: prompts that are stored do not stay on the disk of a quiet pod. */
const SEGMENT_AGE_MS = 60_000;

/**
 * Ends are still taken above the bound of starts, up to this part of the volume, which is twice the bound: an emptyDir
 * above its limit ends the pod.
 */
const END_FACTOR = 1.9;

/** Largest number of a segment's file, in digits. */
const NUMBER_DIGITS = 12;

export interface JournalProps {
  /** Where segments are written. */
  readonly folder: string;
  /** Segments of former processes, oldest first. */
  readonly former: readonly FormerSegment[];
  /** Size from which calls may not start, bytes. */
  readonly maxBytes: number;
  /** Size from which a new segment begins, bytes. @default 8 MiB */
  readonly segmentBytes?: number;
  /** Whether ends that are written now also fit into memory; if not, they are read back from their segment later. */
  readonly hasMemory: () => boolean;
  /** Monotonic clock, ms. */
  readonly elapsedMs: () => number;
}

/** Learns what became of a line: exactly one of the two is called. */
export interface Written {
  written(segment: Segment): void;
  failed(error: JournalFailedError): void;
}

interface Line {
  readonly bytes: Buffer;
  readonly done: Written;
}

/**
 * The calls of a process as lines in files, written before anything else happens to them. Segments are deleted oldest
 * first, so that where the start of a call is still there, its end is, too: a start without an end is a call that never
 * ended.
 */
export class Journal {
  private readonly segmentBytes: number;
  private readonly segments: Segment[];
  private current: Segment | undefined;
  private nextNumber: number;
  private waiting: Line[] = [];
  private waitingBytes = 0;
  private fileBytes: number;
  private isClosed = false;

  constructor(private readonly props: JournalProps) {
    this.segmentBytes = props.segmentBytes ?? SEGMENT_BYTES;
    this.segments = props.former.map(({ path, bytes }) => Segment.former(path, bytes));
    this.fileBytes = this.segments.reduce((sum, { bytes }) => sum + bytes, 0);
    const own = props.former.filter(({ path }) => path.startsWith(props.folder));
    this.nextNumber = Math.max(0, ...own.map(({ path }) => Number.parseInt(path.slice(-19), 10) || 0)) + 1;
  }

  /** Size of all files, bytes. */
  get bytes(): number {
    return this.fileBytes;
  }

  /** Entries that keep their files, those of former segments as far as they have been read. */
  get live(): number {
    return this.segments.reduce((sum, { live }) => sum + Math.max(0, live), 0);
  }

  /** @throws JournalFullError where no call may start, JournalFailedError after `close` */
  checkRoom(): void {
    if (this.isClosed) throw new JournalFailedError(this.props.folder, new Error('it is closed'));
    const bytes = this.fileBytes + this.waitingBytes;
    if (bytes >= this.props.maxBytes) throw new JournalFullError(bytes, this.props.maxBytes);
  }

  /** Writes a line together with the others of this turn of the event loop. */
  append(line: string, done: Written): void {
    const bytes = Buffer.from(line);
    this.waiting.push({ bytes, done });
    this.waitingBytes += bytes.length;
    if (this.waiting.length === 1) setImmediate(() => this.writeWaiting());
  }

  /** Writes what waits for the end of the turn. */
  writeWaiting(): void {
    const lines = this.waiting;
    this.waiting = [];
    this.waitingBytes = 0;
    let batch: Line[] = [];
    let bytes = 0;
    for (const line of lines) {
      if (batch.length > 0 && bytes + line.bytes.length > this.segmentBytes) {
        this.write(batch, bytes);
        [batch, bytes] = [[], 0];
      }
      batch.push(line);
      bytes += line.bytes.length;
    }
    if (batch.length > 0) this.write(batch, bytes);
  }

  /** Whether there are segments whose ends are to be read back. */
  get hasUnread(): boolean {
    return this.segments.some(({ isUnread }) => isUnread);
  }

  /** Whether some of these are of former processes. */
  get hasUnreadFormer(): boolean {
    return this.segments.some(({ isUnread, isFormer }) => isUnread && isFormer);
  }

  /** The oldest segment whose ends are to be read back. Nothing is written to it any more. */
  nextUnread(): Segment | undefined {
    const oldest = this.segments.find(({ isUnread }) => isUnread);
    if (oldest !== undefined && oldest === this.current) this.seal();
    return oldest;
  }

  /**
   * Deletes the segments that nothing keeps, oldest first.
   * @returns the oldest one that is left and not written any more, where all that keeps it may be written again
   */
  removeStored(): Segment | undefined {
    const { current } = this;
    if (current !== undefined && current.bytes > 0) {
      const isOld = this.props.elapsedMs() - current.openedAtMs >= SEGMENT_AGE_MS;
      const makesRoom = current.live <= 0 && this.fileBytes >= this.props.maxBytes;
      if (isOld || makesRoom) this.seal();
    }
    for (;;) {
      const [oldest] = this.segments;
      if (oldest === undefined || oldest === this.current || oldest.isUnread) return undefined;
      if (oldest.live > 0) return oldest;
      this.segments.shift();
      this.fileBytes -= oldest.bytes;
      // A file that stays is read once more by the next process, which changes nothing.
      attempt(() => oldest.remove());
    }
  }

  /** Writes what waits, deletes what nothing keeps, and ends. */
  close(): void {
    this.writeWaiting();
    this.isClosed = true;
    this.seal();
    this.removeStored();
  }

  private write(lines: readonly Line[], bytes: number): void {
    let segment: Segment;
    try {
      segment = this.segmentFor(bytes);
      segment.append(Buffer.concat(lines.map((line) => line.bytes)));
    } catch (cause) {
      const error = new JournalFailedError(this.props.folder, cause);
      for (const { done } of lines) done.failed(error);
      return;
    }
    this.fileBytes += bytes;
    for (const { done } of lines) done.written(segment);
  }

  private segmentFor(bytes: number): Segment {
    if (this.isClosed) throw new Error('it is closed');
    const limit = this.props.maxBytes * END_FACTOR;
    if (this.fileBytes + bytes > limit) throw new Error(`it has ${this.fileBytes} of at most ${limit} bytes`);
    const { current } = this;
    if (current !== undefined) {
      const isFull = current.bytes > 0 && current.bytes + bytes > this.segmentBytes;
      // From here on its ends would have to be both in memory and in the file.
      if (isFull || (!current.isUnread && !this.props.hasMemory())) this.seal();
    }
    return this.current ?? this.open();
  }

  private open(): Segment {
    const name = `${String(this.nextNumber).padStart(NUMBER_DIGITS, '0')}.ndjson`;
    const path = join(this.props.folder, name);
    // A number is used once, even if the file cannot be opened.
    this.nextNumber += 1;
    const segment = Segment.create(path, !this.props.hasMemory(), this.props.elapsedMs());
    this.segments.push(segment);
    this.current = segment;
    return segment;
  }

  private seal(): void {
    const { current } = this;
    if (current === undefined) return;
    this.current = undefined;
    attempt(() => current.seal());
  }
}

function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // The file is of no use any more; what it holds is stored or stays on the disk.
  }
}
