import type { ResolvedConfig } from './environment-config';

/**
 * Bytes of a row without its prompt, with its entries in all indexes. Measured: 612 in full pages (282 and 330); pages
 * in use are some two thirds full.
 */
export const ROW_BYTES = 900;

/** Mean days of a month. */
export const MONTH_DAYS = 30.4;

/** Share of the storage that stays free: for vacuum, write-ahead log and the next months, percent. */
const FREE_PERCENT = 20;

const SECONDS_PER_DAY = 86_400;
const GIBIBYTE = 1024 ** 3;

/** Storage that the configured requests need, GiB, whole numbers. */
export interface StorageNeeds {
  /** All of it, with the share that stays free. */
  readonly leastGib: number;
  /** Rows over the retention of requests, and the current month. */
  readonly rowsGib: number;
  /** Prompts over their retention. */
  readonly promptsGib: number;
  /** Rows and prompts of a day at the objective's peak rate. */
  readonly peakDayGib: number;
}

/**
 * Storage for the requests of mean days. PostgreSQL compresses long prompts, and their index takes about what that
 * saves, so a prompt counts with its bytes.
 * @param rowBytes of a row with its index entries, without its prompt
 */
export function storageNeeds(
  { database, objectives }: Pick<ResolvedConfig, 'database' | 'objectives'>,
  rowBytes = ROW_BYTES,
): StorageNeeds {
  const { perDay, promptBytes } = database.storedRequests;
  const rows = perDay * rowBytes * (database.requestRetentionMonths + 1) * MONTH_DAYS;
  const prompts = perDay * promptBytes * database.promptRetentionDays;
  const peakDay = objectives.requestsPerSecond * SECONDS_PER_DAY * (rowBytes + promptBytes);
  return {
    leastGib: gib((rows + prompts) / (1 - FREE_PERCENT / 100)),
    rowsGib: gib(rows),
    promptsGib: gib(prompts),
    peakDayGib: gib(peakDay),
  };
}

function gib(bytes: number): number {
  return Math.ceil(bytes / GIBIBYTE);
}
