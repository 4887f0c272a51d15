import type { Rejection } from '../record/rejection';

/** Answer to a batch. What it says is committed. */
export interface IngestResult {
  /** Records that were stored or that ended an active request. */
  readonly accepted: number;
  /** Records that were stored before with the same content. */
  readonly duplicates: number;
  readonly rejected: readonly Rejection[];
  /** Id of each record in the order of the batch; null for records without a valid id. */
  readonly ids: readonly (string | null)[];
}

/** How a batch is written. */
export interface WriteOptions {
  /** `Idempotency-Key` of the call. @default - ids come from the records, or are new */
  readonly idempotencyKey?: string;
  /** Where the batch came from, for the list of refused records, such as `api`. @default 'api' */
  readonly source?: string;
  /**
   * Whether the process that had these requests under way is gone. They are stored as failed with the error code
   * `abandoned`, which a real end still overwrites; their records say nothing of status and error code.
   * @default false
   */
  readonly abandoned?: boolean;
}
