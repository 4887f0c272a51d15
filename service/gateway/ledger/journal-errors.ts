/** The journal is full, because the database has been away for long: no further call may start. */
export class JournalFullError extends Error {
  override readonly name = 'JournalFullError';

  /**
   * @param bytes size of the journal
   * @param maxBytes size from which calls are refused
   */
  constructor(
    readonly bytes: number,
    readonly maxBytes: number,
  ) {
    super(
      `The journal of calls has ${bytes} of at most ${maxBytes} bytes (GATEWAY_JOURNAL_MAX_BYTES): calls are refused until the database takes its entries. Check the database; a larger journal lasts longer.`,
    );
  }
}

/** The journal cannot be written, as on a full or broken volume; `cause` has the system's error. */
export class JournalFailedError extends Error {
  override readonly name = 'JournalFailedError';

  constructor(folder: string, cause: unknown) {
    super(
      `The journal of calls in ${folder} (GATEWAY_JOURNAL_FOLDER) cannot be written: ${(cause as Error).message}. Check the volume: its size has to be twice GATEWAY_JOURNAL_MAX_BYTES.`,
      { cause },
    );
  }
}
