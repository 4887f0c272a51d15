import type { Queryable } from '../database/pools';
import type { MatchRule } from './match-rule';
import type { ModelRule } from './model-names';
import { formatUsd, type PicoUsd, parseUsd } from './money';
import type { PriceChanges, StoredPrice } from './price-changes';
import type { DailyWindow, PriceRow, PriceSource } from './price-row';

/** Version of the stored prices; any change gives it another. */
export async function readVersion(client: Queryable): Promise<string> {
  const { rows } = await client.query<{ version: string }>(
    'price-book-version',
    'SELECT version FROM price_book_version',
  );
  return rows[0]?.version ?? '';
}

interface PriceColumns {
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly unit: string;
  readonly service_tier: string;
  readonly region: string;
  readonly above_input_tokens: number;
  readonly usd_per_million: string;
  readonly valid_from: Date;
  readonly valid_until: Date | null;
  readonly daily_from: number | null;
  readonly daily_until: number | null;
  readonly source: PriceSource;
  readonly project_id: string | null;
}

/** All stored prices, by provider, model and unit. */
export async function readPrices(client: Queryable): Promise<StoredPrice[]> {
  const { rows } = await client.query<PriceColumns>(
    'price-book-prices',
    `SELECT id, provider, model, unit, service_tier, region, above_input_tokens, usd_per_million, valid_from, valid_until,
       extract(epoch FROM daily_from)::int AS daily_from, extract(epoch FROM daily_until)::int AS daily_until,
       source, project_id
     FROM prices ORDER BY provider, model, unit, service_tier, region, above_input_tokens, valid_from, id`,
  );
  return rows.map((row) => ({
    id: row.id,
    provider: row.provider,
    model: row.model,
    unit: row.unit,
    serviceTier: row.service_tier,
    region: row.region,
    aboveInputTokens: row.above_input_tokens,
    usdPerMillion: parseUsd(row.usd_per_million) as PicoUsd,
    validFrom: row.valid_from,
    validUntil: row.valid_until,
    daily:
      row.daily_from === null || row.daily_until === null
        ? null
        : { fromSeconds: row.daily_from, untilSeconds: row.daily_until },
    source: row.source,
    projectId: row.project_id,
  }));
}

/** All stored rules of model names, in the order in which they are tried. */
export async function readModelRules(client: Queryable): Promise<ModelRule[]> {
  const { rows } = await client.query<{
    provider: string;
    model: string;
    match: MatchRule;
    source: PriceSource;
  }>(
    'price-book-models',
    'SELECT provider, model, match, source FROM price_models ORDER BY provider, source, position, model',
  );
  return rows;
}

/** Discounts of projects by project id, hundredths of a percent. */
export async function readDiscounts(client: Queryable): Promise<Map<string, number>> {
  const { rows } = await client.query<{ id: string; basis_points: number }>(
    'price-book-discounts',
    'SELECT id, (discount_percent * 100)::int AS basis_points FROM projects WHERE discount_percent > 0',
  );
  return new Map(rows.map(({ id, basis_points }) => [id, basis_points]));
}

/** Writes what an import changes, in the transaction of the caller. */
export async function writePriceChanges(
  client: Queryable,
  { added, ended }: Pick<PriceChanges, 'added' | 'ended'>,
): Promise<void> {
  if (ended.length > 0) {
    await client.query(
      'prices-end',
      `UPDATE prices SET valid_until = ended.valid_until
       FROM unnest($1::uuid[], $2::timestamptz[]) AS ended (id, valid_until) WHERE prices.id = ended.id`,
      [ended.map(({ price }) => price.id), ended.map(({ validUntil }) => validUntil)],
    );
  }
  if (added.length > 0) await insertPrices(client, added);
}

async function insertPrices(client: Queryable, rows: readonly PriceRow[]): Promise<void> {
  await client.query(
    'prices-insert',
    `INSERT INTO prices (provider, model, unit, service_tier, region, above_input_tokens, usd_per_million, valid_from,
       valid_until, daily_from, daily_until, source, project_id)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::numeric[],
       $8::timestamptz[], $9::timestamptz[], $10::time[], $11::time[], $12::text[], $13::uuid[])`,
    [
      rows.map(({ provider }) => provider),
      rows.map(({ model }) => model),
      rows.map(({ unit }) => unit),
      rows.map(({ serviceTier }) => serviceTier),
      rows.map(({ region }) => region),
      rows.map(({ aboveInputTokens }) => aboveInputTokens),
      rows.map(({ usdPerMillion }) => formatUsd(usdPerMillion, 12)),
      rows.map(({ validFrom }) => validFrom),
      rows.map(({ validUntil }) => validUntil),
      rows.map(({ daily }) => timeOf(daily?.fromSeconds)),
      rows.map(({ daily }) => timeOf(daily?.untilSeconds)),
      rows.map(({ source }) => source),
      rows.map(({ projectId }) => projectId),
    ],
  );
}

/** Stores the rules of models, so that their prices are found after a list has dropped them. */
export async function writeModelRules(client: Queryable, rules: readonly ModelRule[]): Promise<void> {
  await client.query(
    'price-models-write',
    `INSERT INTO price_models (provider, model, match, source, position)
     SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::text[], $5::int[])
     ON CONFLICT (provider, model, source) DO UPDATE SET match = excluded.match, position = excluded.position
     WHERE (price_models.match, price_models.position) IS DISTINCT FROM (excluded.match, excluded.position)`,
    [
      rules.map(({ provider }) => provider),
      rules.map(({ model }) => model),
      rules.map(({ match }) => JSON.stringify(match)),
      rules.map(({ source }) => source),
      rules.map((_, index) => index),
    ],
  );
}

/** Seconds of a day as a time of PostgreSQL; null for the whole day. */
function timeOf(seconds: DailyWindow['fromSeconds'] | undefined): string | null {
  if (seconds === undefined) return null;
  const part = (value: number) => Math.floor(value).toString().padStart(2, '0');
  return `${part(seconds / 3600)}:${part((seconds / 60) % 60)}:${part(seconds % 60)}`;
}
