/** Why a record was not stored; the set may grow. */
export type RejectionCode =
  /** A field is missing, unknown or of the wrong type or range; `message` names it. */
  | 'invalid_record'
  /** The line or element is no JSON object. */
  | 'not_json'
  | 'nul_byte'
  | 'lone_surrogate'
  | 'too_many_tags'
  /** The id's time and `timestamp` are more than a second apart. */
  | 'id_timestamp_mismatch'
  /** The time lies outside the months that the database keeps. */
  | 'timestamp_out_of_range'
  /** The provider's usage object cannot be read. */
  | 'usage_unreadable'
  /** The cost is above what the column holds. */
  | 'cost_out_of_range'
  /** The id is stored already with other content. */
  | 'id_conflict'
  /** The database refused the row for another reason. */
  | 'refused_by_database';

/** A record that was not stored. */
export interface Rejection {
  /** Place in the batch, from 0. */
  readonly index: number;
  /** Id of the record; null where it has none. */
  readonly id: string | null;
  readonly code: RejectionCode;
  /** What is wrong, and the remedy. */
  readonly message: string;
}

/** A line or an element of a batch that cannot be read as a record at all. */
export class MalformedRecord {
  constructor(
    /** What is wrong with it. */
    readonly message: string,
    /** Code of its rejection. */
    readonly code: RejectionCode = 'not_json',
  ) {}
}
