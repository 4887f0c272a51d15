import type { Pool } from '../../database/pools';

/** Times that the partitions of `llm_requests` hold. */
export interface StoredMonths {
  /** Included. */
  readonly from: Date;
  /** Excluded. */
  readonly to: Date;
}

/** How long the bounds are remembered, ms; partitions change once a month. */
const REFRESH_MS = 60_000;

const BOUNDS = `SELECT min((b)[1]::timestamptz) AS "from", max((b)[2]::timestamptz) AS "to"
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid,
    regexp_match(pg_get_expr(c.relpartbound, c.oid), $$FROM \\('([^']+)'\\) TO \\('([^']+)'\\)$$) b
  WHERE i.inhparent = 'llm_requests'::regclass`;

/**
 * Remembers which times can be stored, so that records outside come back with a sentence. Known bounds are renewed in
 * the background: writers neither wait for the pool of reads nor fail with it.
 */
export class StoredMonthsCache {
  private known: StoredMonths | undefined;
  private readAt = Number.NEGATIVE_INFINITY;
  private reading: Promise<StoredMonths> | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly now: () => Date,
  ) {}

  /** The bounds, some minutes old where the database is slow. What they miss is found by the database. */
  async get(): Promise<StoredMonths> {
    const isFresh = this.now().getTime() - this.readAt < REFRESH_MS;
    if (this.known !== undefined && isFresh) return this.known;
    const reading = this.read();
    if (this.known === undefined) return reading;
    // The next record tries again.
    reading.catch(() => undefined);
    return this.known;
  }

  /** Callers at the same time share one question. */
  private read(): Promise<StoredMonths> {
    this.reading ??= this.readNow().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async readNow(): Promise<StoredMonths> {
    const at = this.now().getTime();
    const { rows } = await this.pool.query<{ from: Date | null; to: Date | null }>('stored-months', BOUNDS);
    const { from, to } = rows[0] ?? {};
    this.known = { from: from ?? new Date(0), to: to ?? new Date(0) };
    this.readAt = at;
    return this.known;
  }
}
