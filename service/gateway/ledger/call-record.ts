import type { Accounted } from '../../requests/record/build-row';
import type { JsonObject } from '../formats/json';

/** What start and end of a call both say. */
export interface CallIdentity {
  /** UUIDv7 made when the call started; its millisecond is the time of the row. */
  readonly id: string;
  /** Project of the caller's key, a UUID. */
  readonly projectId: string;
  /** The caller's key, a UUID: budgets of a key count its rows. */
  readonly keyId: string;
  /** User of the project; more than 128 characters are cut. */
  readonly user: string;
  /** Name of the provider. The end names it again: a fallback may have answered. */
  readonly provider: string;
  /** Model, as the provider calls it. */
  readonly model: string;
  /** Null for the provider's standard service. */
  readonly serviceTier: string | null;
  /** Up to 16 tags; those that no record may have are left out. */
  readonly tags: Readonly<Record<string, string>>;
}

/** A call that is about to go upstream. */
export interface CallStart extends CallIdentity {
  /** UTF-16 characters of the input. If the process dies, the cost is estimated as that of a quarter as many tokens. */
  readonly promptCharacters: number;
}

/** Characters of a call, for an estimate: four are a token. */
export interface CallCharacters {
  readonly prompt: number;
  readonly output: number;
}

/** A call that has ended, or an answer of the cache. */
export interface CallEnd extends CallIdentity {
  readonly status: 'completed' | 'failed';
  /** Short code of a failure, such as `provider_cut`. Null for completed calls. */
  readonly errorCode: string | null;
  /** From the start to the last byte, ms. */
  readonly latencyMs: number;
  /** Whether the gateway's own cache answered: the call costs 0, and what its usage would have cost is saved. */
  readonly cacheHit: boolean;
  /** Text of the input; empty where none is to be stored. Cut to the length that the ledger stores. */
  readonly prompt: string;
  /** The provider's own usage object. @default - the usage is estimated from `characters` */
  readonly usage?: JsonObject;
  /**
   * For the estimate where there is no usage, or none that can be read.
   * @default - those of `prompt`, with an output of 0; a failed call without usage and characters counts 0 tokens
   */
  readonly characters?: CallCharacters;
  /**
   * What the usage is in our terms, and what it costs, where that is known.
   * @default - the row's own question finds out
   */
  readonly accounted?: Accounted;
}

/** Where the gateway accounts for its calls. */
export interface CallAccounts {
  /** Calls that have started and not ended, and ends that the database does not have yet. */
  readonly unsettled: number;
  /** Size of the journal's files, bytes. */
  readonly journalBytes: number;
  /** Begins to write to the database: what a former process left first. Before that, the journal takes everything. */
  run(): void;
  /**
   * Notes that a call is about to go upstream. Send its first byte only after this has resolved: from then on the call
   * is in the ledger, whatever happens to the process.
   * @throws JournalFullError, JournalFailedError: refuse the call (503), nothing is noted
   */
  start(start: CallStart): Promise<void>;
  /**
   * Asks whether a call that needs no start may be answered, such as one that the cache answers.
   * @throws JournalFullError: refuse the call (503)
   */
  checkRoom(): void;
  /**
   * Notes how a call ended; once for each call. Neither throws nor waits. Ids without a start are as good, for calls
   * that nothing was sent upstream for.
   */
  end(end: CallEnd): void;
  /**
   * Ends calls that are still open as abandoned, writes what can be written, and stops. What is left stays in the
   * journal for the next process with the same folder.
   * @param deadlineMs longest time, ms
   */
  close(deadlineMs: number): Promise<void>;
}
