import type { Queryable } from '../../database/pools';
import type { RequestWriter } from '../../requests/write/request-writer';
import type { Waiting } from '../../shared/retry';
import type { Logger } from '../../telemetry/logger';

/** What the ledger could not do as it should. */
export type LedgerFailure =
  /** A line could not be written to the journal. */
  | 'journal'
  /** The database did not take records; they wait. */
  | 'database'
  /** The writer refused a record, which is in `rejected_requests`, or the record made it fail. */
  | 'refused'
  /** An end was lost: neither journal nor memory could take it. */
  | 'lost';

/** What the ledger counts. */
export interface LedgerEvents {
  /** Calls that were ended because their process is gone. */
  readonly onAbandoned: (count: number) => void;
  /** Something failed, `count` times. */
  readonly onFailure: (kind: LedgerFailure, count: number) => void;
}

/** Times of the ledger; tests shorten them. */
export interface LedgerTiming {
  /** Between two writes to the database, ms. @default 100 */
  readonly tickMs: number;
  /** Age from which a call gets an `active` row, ms. @default 100 */
  readonly underWayMs: number;
  /** Between two renewals of the lease, ms. @default 10000 */
  readonly renewMs: number;
  /** Between two looks for calls of processes that are gone, ms; up to a fifth more by chance. @default 10000 */
  readonly sweepMs: number;
  /** Age of a lease from which its process is gone, ms; also the time before the first look. @default 60000 */
  readonly leaseMs: number;
  /** Largest first wait after a failure of the database, ms; it doubles with each further one. @default 500 */
  readonly minBackoffMs: number;
  /** Longest wait after failures, ms. @default 10000 */
  readonly maxBackoffMs: number;
}

/** The times of the service. */
export const LEDGER_TIMING: LedgerTiming = {
  ...{ tickMs: 100, underWayMs: 100, renewMs: 10_000, sweepMs: 10_000, leaseMs: 60_000 },
  ...{ minBackoffMs: 500, maxBackoffMs: 10_000 },
};

/** What the ledger needs of the log. */
export type LedgerLog = Pick<Logger, 'info' | 'warn' | 'error'>;

/** What the ledger writes records with. */
export type RecordWriter = Pick<RequestWriter, 'write' | 'writeChecked'>;

export interface CallLedgerProps {
  readonly writer: RecordWriter;
  /** Pool of writes. */
  readonly database: Queryable;
  /** `GATEWAY_JOURNAL_FOLDER`; made where it is missing. */
  readonly folder: string;
  /** Name of the pod: the journal's folder in `folder`. */
  readonly podName: string;
  /** `GATEWAY_JOURNAL_MAX_BYTES`: size of the journal from which calls are refused, bytes. */
  readonly maxBytes: number;
  /** Longest prompt that is stored, bytes in UTF-8; the writer's. @default 65536 */
  readonly maxPromptBytes?: number;
  /** Ends in memory that wait for the database, bytes of their lines; more are read back from the journal. @default 32 MiB */
  readonly maxMemoryBytes?: number;
  /** Size from which a new file of the journal begins, bytes. @default 8 MiB */
  readonly segmentBytes?: number;
  readonly log: LedgerLog;
  readonly events: LedgerEvents;
  /** @default LEDGER_TIMING */
  readonly timing?: Partial<LedgerTiming>;
  /** Clock and randomness. @default REAL_WAITING */
  readonly waiting?: Waiting;
}
