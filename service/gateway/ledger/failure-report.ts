import type { LedgerEvents, LedgerFailure, LedgerLog } from './ledger-props';

export interface FailureReportProps {
  readonly log: LedgerLog;
  readonly events: LedgerEvents;
  /** Monotonic clock, ms. */
  readonly elapsedMs: () => number;
}

/** Shortest time between two log lines of a kind, ms: an outage brings one failure for each attempt. */
const LOG_MS = 60_000;

const MESSAGES: Readonly<Record<LedgerFailure, string>> = {
  journal: 'the journal of calls cannot be written: new calls are refused, ends wait in memory',
  database: 'the database takes no records of calls: they wait in the journal',
  refused: 'a record of a call cannot be stored',
  lost: 'the end of a call is lost: neither journal nor memory has room',
};

/** Counts failures, and logs each kind at most once a minute. */
export class FailureReport {
  private readonly nextAt = new Map<LedgerFailure, number>();
  private readonly unlogged = new Map<LedgerFailure, number>();

  constructor(private readonly props: FailureReportProps) {}

  /**
   * Notes a failure.
   * @param fields what the log line says besides; no prompt
   */
  note(kind: LedgerFailure, fields: object, count = 1): void {
    const { log, events, elapsedMs } = this.props;
    events.onFailure(kind, count);
    const now = elapsedMs();
    const unlogged = this.unlogged.get(kind) ?? 0;
    if (now < (this.nextAt.get(kind) ?? Number.NEGATIVE_INFINITY)) {
      this.unlogged.set(kind, unlogged + count);
      return;
    }
    this.nextAt.set(kind, now + LOG_MS);
    this.unlogged.set(kind, 0);
    log.warn({ ...fields, kind, count, unlogged }, MESSAGES[kind]);
  }
}
