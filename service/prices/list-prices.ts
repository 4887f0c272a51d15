import type { Queryable } from '../database/pools';

/** A stored price as lists show it. */
export interface ListedPrice {
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly unit: string;
  readonly service_tier: string;
  readonly region: string;
  readonly above_input_tokens: number;
  /** Decimal text. */
  readonly usd_per_million: string;
  readonly valid_from: Date;
  readonly valid_until: Date | null;
  readonly source: string;
  readonly project_id: string | null;
}

/** Which stored prices a list shows. */
export interface PriceList {
  /** Project whose own prices are shown besides those of all projects; null: those of every project. */
  readonly projectId: string | null;
  /** @default - all */
  readonly provider?: string;
  /** @default - all */
  readonly model?: string;
  readonly limit: number;
  /** Id of the last price of the page before. @default - the first page */
  readonly after?: string;
}

/** Stored prices by provider, model, unit and begin; one more than the limit where there are more. */
export async function listPrices(
  database: Queryable,
  { projectId, provider, model, limit, after }: PriceList,
): Promise<ListedPrice[]> {
  const order = 'provider, model, unit, valid_from, id';
  const { rows } = await database.query<ListedPrice & Record<string, unknown>>(
    'price-list',
    `SELECT id, provider, model, unit, service_tier, region, above_input_tokens, usd_per_million::text, valid_from,
       valid_until, source, project_id
     FROM prices
     WHERE ($1::uuid IS NULL OR project_id IS NULL OR project_id = $1)
       AND ($2::text IS NULL OR provider = $2) AND ($3::text IS NULL OR model = $3)
       AND ($4::uuid IS NULL OR (${order}) > (SELECT ${order} FROM prices WHERE id = $4))
     ORDER BY ${order} LIMIT $5`,
    [projectId, provider ?? null, model ?? null, after ?? null, limit + 1],
  );
  return rows;
}
