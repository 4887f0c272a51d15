import type { Principal } from '../../access/principal';
import type { Database, Queryable } from '../../database/pools';
import type { Usage } from '../../usage/usage';
import { RequestError } from '../errors';
import { projectScope } from '../project-scope';
import { type CostColumns, costColumns, isCostInRange, type Prices } from '../record/build-row';

/** Rows of one transaction; each ends long before the server's time limit for statements. */
const SLICE_ROWS = 1000;

/** Which requests are priced again. */
export interface RepriceQuery {
  /** Start, included. */
  readonly from: Date;
  /** End, excluded. */
  readonly to: Date;
  /** Project, a UUID. @default - all projects that the key sees */
  readonly project?: string;
  /**
   * `unpriced`: requests that have no price or only a part of one. `all`: priced ones too, whose cost then follows
   * today's price book.
   */
  readonly which: 'unpriced' | 'all';
}

/** What a repricing has done so far. */
export interface RepriceProgress {
  /** Requests that were looked at. */
  readonly scanned: number;
  /** Requests whose cost, pricing or rule changed. */
  readonly changed: number;
  /** Requests whose new cost does not fit the column; they stay as they are. */
  readonly outOfRange: number;
  /** All requests before this time are done. */
  readonly until: Date;
}

/** Columns that decide on a price, and the price. */
interface PricedColumns {
  readonly id: string;
  readonly timestamp: Date;
  readonly exact_timestamp: string;
  readonly project_id: string;
  readonly provider: string;
  readonly model: string;
  readonly service_tier: string | null;
  readonly region: string | null;
  readonly input_tokens: number;
  readonly cached_input_tokens: number;
  readonly cache_write_tokens: number;
  readonly cache_write_1h_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  readonly units: Record<string, number> | null;
  readonly cache_hit: boolean;
  readonly cost: string;
  readonly list_cost: string | null;
  readonly saved_cost: string;
  readonly pricing: 'priced' | 'partial' | 'unpriced';
  readonly price_rule: string | null;
}

// The rows stay locked until their new prices are written, so that the end of a request is not lost in between.
const SLICE = `SELECT id, "timestamp", "timestamp"::text AS exact_timestamp, project_id, provider, model, service_tier,
    region, input_tokens, cached_input_tokens, cache_write_tokens, cache_write_1h_tokens, output_tokens,
    reasoning_tokens, units, cache_hit, cost::text, list_cost::text, saved_cost::text, pricing, price_rule
  FROM llm_requests
  WHERE "timestamp" >= $1::timestamptz AND "timestamp" < $2::timestamptz AND ("timestamp", id) > ($3::timestamptz, $4::uuid)
    AND "timestamp" >= $3::timestamptz AND ($5::uuid IS NULL OR project_id = $5::uuid)
    AND status <> 'active' AND ($6 OR pricing <> 'priced')
  ORDER BY "timestamp", id LIMIT ${SLICE_ROWS} FOR NO KEY UPDATE`;

const UPDATE = `WITH changed AS (
  UPDATE llm_requests r SET cost = n.cost, list_cost = n.list_cost, saved_cost = n.saved_cost, pricing = n.pricing,
    price_rule = n.price_rule
  FROM unnest($1::uuid[], $2::timestamptz[], $3::numeric[], $4::numeric[], $5::numeric[], $6::text[], $7::text[])
    AS n (id, "timestamp", cost, list_cost, saved_cost, pricing, price_rule)
  WHERE r.id = n.id AND r."timestamp" = n."timestamp"
  RETURNING r."timestamp"
)
INSERT INTO rollup_changes (hour) SELECT DISTINCT date_trunc('hour', "timestamp", 'UTC') FROM changed`;

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Prices requests of a period again, in slices of a transaction each, oldest first. The roll-ups follow within the
 * hour. A price that the book no longer has is not taken away: such a request keeps its cost. Whoever stops iterating
 * stops the repricing after the current slice; it may be started again.
 * @param prices the price book of the whole run
 * @returns the progress after each slice
 * @throws RequestError `invalid_query`, `project_not_visible`
 */
export async function* reprice(
  { writes }: Pick<Database, 'writes'>,
  prices: Prices,
  principal: Principal,
  query: RepriceQuery,
): AsyncGenerator<RepriceProgress, void, undefined> {
  const projectId = repricedProject(principal, query);
  let [at, id] = [query.from.toISOString(), FIRST_ID];
  let progress: RepriceProgress = { scanned: 0, changed: 0, outOfRange: 0, until: query.from };
  for (;;) {
    const values = [
      query.from.toISOString(),
      query.to.toISOString(),
      at,
      id,
      projectId,
      query.which === 'all',
    ];
    const slice = await writes.transaction(async (client) => {
      const { rows } = await client.query<PricedColumns>('reprice-slice', SLICE, values);
      return { rows, ...(await priceSlice(client, rows, prices)) };
    });
    const last = slice.rows.at(-1);
    if (last === undefined) return;
    [at, id] = [last.exact_timestamp, last.id];
    progress = {
      scanned: progress.scanned + slice.rows.length,
      changed: progress.changed + slice.changed,
      outOfRange: progress.outOfRange + slice.outOfRange,
      until: last.timestamp,
    };
    yield progress;
    if (slice.rows.length < SLICE_ROWS) return;
  }
}

/**
 * Project whose requests a query prices again; null: all.
 * @throws RequestError `invalid_query`, `project_not_visible`
 */
export function repricedProject(principal: Principal, query: RepriceQuery): string | null {
  if (query.from >= query.to) throw new RequestError('invalid_query', 'from must be before to.');
  return projectScope(principal, query.project).projectId;
}

async function priceSlice(
  client: Queryable,
  rows: readonly PricedColumns[],
  prices: Prices,
): Promise<{ changed: number; outOfRange: number }> {
  const priced = rows.map((row) => ({ row, price: prices.price(questionOf(row)) }));
  const inRange = priced.filter(({ price }) => isCostInRange(price));
  const changed = inRange
    .map(({ row, price }) => ({ row, columns: costColumns(price, row.cache_hit) }))
    .filter(({ row, columns }) => isChanged(row, columns));
  if (changed.length > 0) {
    await client.query('reprice-update', UPDATE, [
      changed.map(({ row }) => row.id),
      changed.map(({ row }) => row.exact_timestamp),
      changed.map(({ columns }) => columns.cost),
      changed.map(({ columns }) => columns.listCost),
      changed.map(({ columns }) => columns.savedCost),
      changed.map(({ columns }) => columns.pricing),
      changed.map(({ columns }) => columns.priceRule),
    ]);
  }
  return { changed: changed.length, outOfRange: priced.length - inRange.length };
}

function questionOf(row: PricedColumns) {
  const tokens = {
    input: row.input_tokens,
    cachedInput: row.cached_input_tokens,
    cacheWrite5m: row.cache_write_tokens - row.cache_write_1h_tokens,
    cacheWrite1h: row.cache_write_1h_tokens,
    output: row.output_tokens,
    reasoning: row.reasoning_tokens,
  };
  const usage: Usage = { tokens, units: row.units ?? {} };
  const { provider, model, region, timestamp: at, service_tier: serviceTier, project_id: projectId } = row;
  return { provider, model, region, at, serviceTier, projectId, usage };
}

function isChanged(row: PricedColumns, columns: CostColumns): boolean {
  if (columns.pricing === 'unpriced' && row.pricing !== 'unpriced') return false;
  return (
    row.cost !== columns.cost ||
    row.list_cost !== columns.listCost ||
    row.saved_cost !== columns.savedCost ||
    row.pricing !== columns.pricing ||
    row.price_rule !== columns.priceRule
  );
}
