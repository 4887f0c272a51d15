import type { UsageComparison } from './compare-usage';
import type { LostChange } from './lost-changes';
import type { Source } from './repair';
import type { SumChecks } from './sum-checks';

/** A call of the gap. */
export interface GapCall {
  readonly id: string;
  /** Start of the call, RFC 3339. */
  readonly startedAt: string;
  /** UUID. */
  readonly project: string;
  readonly user: string;
  readonly model: string;
  /** Where its row comes from. */
  readonly source: Source;
  /** What the restored database had: no row, or one that had not ended. */
  readonly before: 'missing' | 'active' | 'abandoned';
  /** What became of it; `listed` where nothing was written. */
  readonly outcome: 'listed' | 'filled' | 'refused' | 'failed';
  /** Why it was refused or failed. @default - it was not */
  readonly reason?: string;
}

/** Result of `npm run db:gap`; `--json` prints it. */
export interface GapResult {
  /** Target of the restore, RFC 3339. */
  readonly from: string;
  /** Earliest start of what is compared, RFC 3339. */
  readonly earliest: string;
  /** End of what is compared, RFC 3339. */
  readonly to: string;
  readonly read: {
    readonly journalFiles: number;
    readonly journalEnds: number;
    /** Starts without an end. */
    readonly journalStarts: number;
    /** Rows of the former database, without those that a journal has. */
    readonly formerRows: number;
    readonly reported: number;
    /** Calls of the report without an id of ours; they cannot be compared. */
    readonly reportedWithoutId: number;
  };
  /** Calls whose row is there and has ended, or for which nothing better is known. */
  readonly complete: number;
  /** Calls of the gap by where their row comes from. */
  readonly gap: Readonly<Record<Source, number>>;
  /** Calls of the gap that only the report has; they need `--project`. */
  readonly withoutOwner: number;
  /** Null where nothing was to be written. */
  readonly filled: number | null;
  readonly refused: number;
  /** Calls that the database did not take. Run the command again. */
  readonly failed: number;
  /** The first calls of the gap, refused and failed ones first. */
  readonly calls: readonly GapCall[];
  /** Changes by people that the restore has undone; null where no former database was given. */
  readonly lostChanges: readonly LostChange[] | null;
  /** What needs a person, a sentence each. */
  readonly warnings: readonly string[];
  /** @default - the sums were not checked */
  readonly sums?: SumChecks;
  /** @default - no sums of a provider were given */
  readonly usage?: UsageComparison;
}

/** Whether the gap is closed: nothing is left that a person or another run has to do. */
export function isClosed({ gap, filled, withoutOwner, refused, failed }: GapResult): boolean {
  const found = Object.values(gap).reduce((sum, count) => sum + count, 0);
  return withoutOwner + refused + failed === 0 && found === (filled ?? 0);
}
