import { abandonedCall } from './entry-of-call';
import type { FailureReport } from './failure-report';
import type { Journal } from './journal';
import type { StartEntry } from './journal-entry';
import type { Segment } from './segment';
import type { WaitingEnd, WaitingEnds } from './waiting-ends';

export interface JournalReaderProps {
  readonly journal: Journal;
  readonly ends: WaitingEnds;
  /** Takes an end that was read. */
  readonly queue: (end: WaitingEnd) => void;
  readonly report: FailureReport;
}

/**
 * Reads ends back from the journal: those of former processes, and those that memory had no room for. Calls of former
 * processes that never ended are ended as abandoned, because their process is gone.
 */
export class JournalReader {
  /** Starts of former processes whose end has not come yet. */
  private readonly started = new Map<string, { readonly entry: StartEntry; readonly segment: Segment }>();
  private isReading = false;

  constructor(private readonly props: JournalReaderProps) {}

  /** Whether a segment is being read. */
  get isBusy(): boolean {
    return this.isReading;
  }

  /** Whether segments wait to be read. */
  get hasMore(): boolean {
    return this.props.journal.hasUnread;
  }

  /** Reads the next segment if memory has room. */
  readNext(): void {
    const { journal, ends } = this.props;
    if (this.isReading || !ends.hasRoomToRead || !journal.hasUnread) return;
    const segment = journal.nextUnread();
    if (segment === undefined) return;
    this.isReading = true;
    void this.read(segment).finally(() => {
      segment.isUnread = false;
      this.isReading = false;
      if (segment.isFormer && !journal.hasUnreadFormer) this.abandon();
    });
  }

  private async read(segment: Segment): Promise<void> {
    try {
      for await (const { entry, bytes } of segment.entries()) {
        const { projectId, keyId, record } = entry;
        if (entry.kind === 'end') {
          if (segment.isFormer) {
            this.release(record.id);
            segment.live += 1;
          }
          const { characters } = entry;
          this.props.queue({
            ...{ projectId, keyId, record, characters, segment, bytes },
            ...{ isAbandoned: false, mayBeUnderWay: true, failures: 0 },
          });
        } else if (segment.isFormer) {
          this.release(record.id);
          segment.live += 1;
          this.started.set(record.id, { entry, segment });
        }
      }
    } catch (err) {
      this.props.report.note('journal', { err, path: segment.path });
      segment.setAside();
    }
  }

  private release(id: string): void {
    const start = this.started.get(id);
    if (start === undefined) return;
    start.segment.live -= 1;
    this.started.delete(id);
  }

  /** All that former processes wrote is read: what has not ended never will. */
  private abandon(): void {
    for (const { entry, segment } of this.started.values()) {
      this.props.queue(abandonedEnd(entry, segment, true));
    }
    this.started.clear();
  }
}

/**
 * The end of a call whose process is gone.
 * @param segment that has its start
 */
export function abandonedEnd(entry: StartEntry, segment: Segment, mayBeUnderWay: boolean): WaitingEnd {
  return {
    ...abandonedCall(entry),
    ...{ characters: null, isAbandoned: true, mayBeUnderWay, segment, bytes: 0, failures: 0 },
  };
}
