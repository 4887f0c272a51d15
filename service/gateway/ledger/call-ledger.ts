import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_MAX_PROMPT_BYTES } from '../../requests/record/prompt';
import { REAL_WAITING, type Waiting } from '../../shared/retry';
import type { CallAccounts, CallEnd, CallStart } from './call-record';
import { endEntry, startEntry } from './entry-of-call';
import { FailureReport } from './failure-report';
import { Journal } from './journal';
import { type EndEntry, encodeEntry } from './journal-entry';
import { JournalFailedError } from './journal-errors';
import { type LockedFolders, lockFolders } from './journal-lock';
import { abandonedEnd, JournalReader } from './journal-reader';
import { type CallLedgerProps, LEDGER_TIMING, type LedgerTiming } from './ledger-props';
import { LedgerStore } from './ledger-store';
import { type OpenCall, OpenCalls } from './open-calls';
import type { Segment } from './segment';
import { WaitingEnds } from './waiting-ends';

/** Ends in memory that wait for the database, bytes of their lines. */
const MAX_MEMORY_BYTES = 32 * 1024 * 1024;

/** Between two looks at what is left while closing, ms. */
const CLOSING_MS = 20;

/**
 * Accounts for the calls of a process: first in its journal, from there in the database. A call costs a line in a file
 * before it starts. The database is written beside the calls, and may be away.
 */
export class CallLedger implements CallAccounts {
  private readonly timing: LedgerTiming;
  private readonly waiting: Waiting;
  private readonly report: FailureReport;
  private readonly folders: LockedFolders;
  private readonly calls = new OpenCalls();
  private readonly ends: WaitingEnds;
  private readonly journal: Journal;
  private readonly store: LedgerStore;
  private readonly reader: JournalReader;
  private ticker: NodeJS.Timeout | undefined;
  private state: 'made' | 'running' | 'closing' | 'closed' = 'made';

  /** @throws Error where the folder cannot be made or written, or other processes have it */
  constructor(private readonly props: CallLedgerProps) {
    this.timing = { ...LEDGER_TIMING, ...props.timing };
    this.waiting = props.waiting ?? REAL_WAITING;
    const { timing, waiting, calls } = this;
    const { elapsedMs } = waiting;
    const report = new FailureReport({ ...props, elapsedMs });
    const ends = new WaitingEnds(props.maxMemoryBytes ?? MAX_MEMORY_BYTES);
    const folders = lockFolders(props.folder, props.podName);
    const store = new LedgerStore({ ...props, calls, ends, report, timing, waiting });
    const journal = new Journal({
      ...{ folder: folders.own, former: folders.former, elapsedMs, hasMemory: () => ends.hasRoom },
      ...{ maxBytes: props.maxBytes, segmentBytes: props.segmentBytes },
    });
    this.reader = new JournalReader({ journal, ends, report, queue: (end) => store.queue(end) });
    [this.report, this.ends, this.folders, this.store, this.journal] = [
      report,
      ends,
      folders,
      store,
      journal,
    ];
  }

  get unsettled(): number {
    return this.journal.live + this.ends.unwritten;
  }

  get journalBytes(): number {
    return this.journal.bytes;
  }

  run(): void {
    if (this.state !== 'made') return;
    this.state = 'running';
    this.store.run();
    this.ticker = setInterval(() => this.tick(), this.timing.tickMs).unref();
  }

  async start(start: CallStart): Promise<void> {
    this.checkRoom();
    const entry = startEntry(start);
    const startedAtMs = this.waiting.elapsedMs();
    await new Promise<void>((resolve, reject) => {
      this.journal.append(encodeEntry(entry), {
        written: (segment) => {
          segment.live += 1;
          this.calls.add({ entry, startedAtMs, segment, announced: 'no' });
          resolve();
        },
        failed: (error) => {
          this.report.note('journal', { err: error });
          reject(error);
        },
      });
    });
  }

  checkRoom(): void {
    if (this.state === 'closing' || this.state === 'closed') {
      throw new JournalFailedError(this.folders.own, new Error('the process ends'));
    }
    this.journal.checkRoom();
  }

  end(end: CallEnd): void {
    try {
      const entry = endEntry(end, this.props.maxPromptBytes ?? DEFAULT_MAX_PROMPT_BYTES);
      const line = encodeEntry(entry);
      this.journal.append(line, {
        written: (segment) => this.keepWritten(entry, segment, line.length),
        failed: (error) => this.keepUnwritten(entry, error, line.length),
      });
    } catch (err) {
      this.report.note('lost', { err, id: end.id, project: end.projectId });
    }
  }

  async close(deadlineMs: number): Promise<void> {
    if (this.state === 'closing' || this.state === 'closed') return;
    const wasRunning = this.state === 'running';
    this.state = 'closing';
    clearInterval(this.ticker);
    this.journal.writeWaiting();
    if (wasRunning) {
      await this.drain(this.waiting.elapsedMs() + deadlineMs);
      await this.store.close();
    }
    this.journal.close();
    this.state = 'closed';
    this.folders.release();
  }

  /** Ends what is open, and writes until all is stored or the time is over. */
  private async drain(endMs: number): Promise<void> {
    for (const { entry, segment, announced } of this.calls.takeAll()) {
      this.store.queue(abandonedEnd(entry, segment, announced !== 'no'));
    }
    for (;;) {
      this.journal.writeWaiting();
      this.reader.readNext();
      this.store.flush();
      const isDone =
        this.ends.length === 0 && !this.reader.hasMore && !this.reader.isBusy && !this.store.isBusy;
      if (isDone || this.waiting.elapsedMs() >= endMs) return;
      await delay(CLOSING_MS);
    }
  }

  private tick(): void {
    this.tidy();
    this.store.announce();
    this.reader.readNext();
    this.store.flush();
  }

  private keepWritten(entry: EndEntry, segment: Segment, bytes: number): void {
    const call = this.calls.take(entry.record.id);
    segment.live += 1;
    if (call !== undefined) call.segment.live -= 1;
    // The ends of an unread segment are read back when memory has room.
    if (!segment.isUnread) this.keep(entry, { call, segment, bytes });
  }

  /** The journal could not take an end. The start of its call stays until it is stored. */
  private keepUnwritten(entry: EndEntry, err: JournalFailedError, bytes: number): void {
    const call = this.calls.take(entry.record.id);
    const fields = { err, id: entry.record.id, project: entry.projectId };
    this.report.note('journal', fields);
    // Calls that have started are few; answers of the cache are not.
    const hasRoom = this.state !== 'closed' && (call !== undefined || this.ends.hasRoom);
    if (hasRoom) this.keep(entry, { call, segment: call?.segment ?? null, bytes });
    else this.report.note('lost', fields);
  }

  private keep(
    { kind: _, ...end }: EndEntry,
    { call, segment, bytes }: { call: OpenCall | undefined; segment: Segment | null; bytes: number },
  ): void {
    const mayBeUnderWay = call !== undefined && call.announced !== 'no';
    this.store.queue({
      ...end,
      ...{ segment, bytes, isAbandoned: false, mayBeUnderWay, failures: 0 },
    });
  }

  /**
   * Deletes segments that nothing keeps. One that is kept only by the starts of calls that take long is replaced by
   * writing these again, so that a call of minutes does not keep all segments since its start.
   */
  private tidy(): void {
    this.journal.writeWaiting();
    const oldest = this.journal.removeStored();
    if (oldest === undefined || oldest.isCompacted) return;
    const open = this.calls.in(oldest);
    const lines = open.map((call) => encodeEntry(call.entry));
    const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
    // Something else keeps it, or nothing would be gained.
    if (open.length < oldest.live || bytes > oldest.bytes / 2) return;
    oldest.isCompacted = true;
    for (const [index, call] of open.entries()) {
      this.journal.append(lines[index] as string, {
        written: (segment) => {
          oldest.live -= 1;
          segment.live += 1;
          call.segment = segment;
        },
        failed: () => {
          oldest.isCompacted = false;
        },
      });
    }
    this.journal.writeWaiting();
  }
}
