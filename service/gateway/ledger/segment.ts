import { closeSync, ftruncateSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { decodeEntry, type JournalEntry } from './journal-entry';

/** Lines that are read in one turn of the event loop: a few milliseconds. */
const LINES_A_TURN = 200;

/** Read and written by the service alone: lines hold prompts. */
const FILE_MODE = 0o600;

const LINE_FEED = 0x0a;

/**
 * A file of the journal. Only the newest one is written. `live` counts the entries that keep it: calls that have
 * started and not ended, and ends that the database does not have.
 */
export class Segment {
  /** Entries whose file has to stay. */
  live = 0;
  /** Whether its starts are being written again into a newer segment. */
  isCompacted = false;
  private file: number | undefined;
  private size: number;

  /**
   * @param path of the file
   * @param isUnread whether its ends are only in the file, to be read back
   * @param openedAtMs monotonic clock, ms
   * @param bytes size of a file that a former process wrote
   */
  private constructor(
    readonly path: string,
    public isUnread: boolean,
    readonly openedAtMs: number,
    readonly isFormer: boolean,
    bytes: number,
  ) {
    this.size = bytes;
  }

  /** A new file. @throws the system's error */
  static create(path: string, isUnread: boolean, openedAtMs: number): Segment {
    const segment = new Segment(path, isUnread, openedAtMs, false, 0);
    segment.file = openSync(path, 'wx', FILE_MODE);
    return segment;
  }

  /** A file that a former process wrote. */
  static former(path: string, bytes: number): Segment {
    return new Segment(path, true, 0, true, bytes);
  }

  /** Size, bytes. */
  get bytes(): number {
    return this.size;
  }

  /**
   * Writes lines, all or none. Not fsynced: what is written survives the process, though not the machine.
   * @throws the system's error, such as ENOSPC
   */
  append(lines: Buffer): void {
    if (this.file === undefined) throw new Error('The segment is closed.');
    try {
      for (let written = 0; written < lines.length; ) {
        written += writeSync(this.file, lines, written, lines.length - written, this.size + written);
      }
    } catch (error) {
      // A part of the lines would be read as calls that were never made.
      ftruncateSync(this.file, this.size);
      throw error;
    }
    this.size += lines.length;
  }

  /** Nothing is written any more. */
  seal(): void {
    if (this.file === undefined) return;
    closeSync(this.file);
    this.file = undefined;
  }

  /** Deletes the file. @throws the system's error */
  remove(): void {
    this.seal();
    unlinkSync(this.path);
  }

  /** Keeps a file that cannot be read under another name, for people. It keeps no other file. */
  setAside(): void {
    this.live = 0;
    try {
      renameSync(this.path, `${this.path}.unreadable`);
    } catch {
      // The volume is broken, or the file is gone.
    }
  }

  /** The entries, each with the bytes of its line. Lines that are torn or damaged are skipped. */
  async *entries(): AsyncGenerator<{ readonly entry: JournalEntry; readonly bytes: number }> {
    const content = await readFile(this.path);
    let count = 0;
    for (let start = 0; start < content.length; ) {
      const lineFeed = content.indexOf(LINE_FEED, start);
      if (lineFeed < 0) return;
      const entry = decodeEntry(content.toString('utf8', start, lineFeed));
      const bytes = lineFeed + 1 - start;
      start = lineFeed + 1;
      if (entry !== undefined) yield { entry, bytes };
      count += 1;
      if (count % LINES_A_TURN === 0) await setImmediate();
    }
  }
}
