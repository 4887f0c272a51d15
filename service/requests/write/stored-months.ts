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

/** Remembers which times can be stored, so that records outside come back with a sentence. */
export class StoredMonthsCache {
  private known: { readonly months: StoredMonths; readonly at: number } | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly now: () => Date,
  ) {}

  /** The bounds, at most a minute old. A gap between months is found by the database. */
  async get(): Promise<StoredMonths> {
    const now = this.now().getTime();
    if (this.known !== undefined && now - this.known.at < REFRESH_MS) return this.known.months;
    const { rows } = await this.pool.query<{ from: Date | null; to: Date | null }>('stored-months', BOUNDS);
    const { from, to } = rows[0] ?? {};
    const months = { from: from ?? new Date(0), to: to ?? new Date(0) };
    this.known = { months, at: now };
    return months;
  }
}
