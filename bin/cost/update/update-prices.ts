import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mapLimited } from '../../../lambda/shared/map-limited';
import { UsageError } from '../../cli/command';
import { productOf } from '../prices/find-product';
import { type Price, type PriceTable, readTable } from '../prices/price-table';
import type { Product } from '../prices/product';
import type { PriceList } from './price-list';
import { type Finding, understand } from './understand';

/** The API allows ten calls a second. */
const CALLS_AT_A_TIME = 4;

export interface UpdateInput {
  /** AWS region whose prices are asked for. */
  readonly region: string;
  /** Table to replace; need not exist. */
  readonly file: string;
  /** Keys that the environments need, beside those that the table has. */
  readonly neededKeys: readonly string[];
  /** Client of the AWS Price List API. */
  readonly priceList: PriceList;
  /** Day of the update, ISO. */
  readonly today: string;
}

/** A price that an update changes. */
export interface PriceChange {
  /** Key in the price table. */
  readonly key: string;
  /** Old price, USD; null where the table had none. */
  readonly before: number | null;
  /** New price, USD. */
  readonly now: number;
}

export interface UpdateResult {
  /** Number of prices that were found. */
  readonly refreshed: number;
  /** Prices that are new or differ from the old table. */
  readonly changes: readonly PriceChange[];
  /** Prices that were not found, with the reason; they keep their old value, or stay missing. */
  readonly kept: readonly { readonly key: string; readonly reason: string }[];
}

/**
 * Asks for every price of a table and replaces the table in one step, only when every answer was understood.
 * What was not found keeps the price it had.
 * @throws {UsageError} the table is of another region
 * @throws {CallError} the API cannot be asked, {AnswerError} it answers something else; nothing is written then
 */
export async function updatePrices(input: UpdateInput): Promise<UpdateResult> {
  const { region, file, neededKeys, priceList, today } = input;
  const before: PriceTable = existsSync(file) ? readTable(file) : { region, prices: {} };
  if (before.region !== region) {
    throw new UsageError(
      `--region ${region} must be that of the table ${file}, which has prices of ${before.region}; give another file with --prices`,
    );
  }
  const keys = [...new Set([...Object.keys(before.prices), ...neededKeys])].sort();
  const findings = await findAll(keys, region, priceList);
  const found = findings.flatMap(({ key, product, finding }) =>
    product && 'usd' in finding ? [{ key, price: priceOf(product, finding, region, today) }] : [],
  );
  const prices = { ...before.prices, ...Object.fromEntries(found.map(({ key, price }) => [key, price])) };
  writeTable(file, { region, prices: sorted(prices) });
  return {
    refreshed: found.length,
    changes: found.flatMap(({ key, price: { usd } }) => {
      const old = before.prices[key]?.usd ?? null;
      return old === usd ? [] : [{ key, before: old, now: usd }];
    }),
    kept: findings.flatMap(({ key, finding }) =>
      'reason' in finding ? [{ key, reason: finding.reason }] : [],
    ),
  };
}

interface KeyFinding {
  readonly key: string;
  readonly product?: Product;
  readonly finding: Finding;
}

/** Asks for no further product once an answer has failed, and throws that failure when the others are in. */
async function findAll(keys: readonly string[], region: string, priceList: PriceList): Promise<KeyFinding[]> {
  const failures: unknown[] = [];
  const findings = await mapLimited(keys, CALLS_AT_A_TIME, async (key): Promise<KeyFinding[]> => {
    const product = productOf(key);
    if (!product)
      return [{ key, finding: { reason: 'bin/cost/prices/products.ts does not say how to find it' } }];
    if (failures.length > 0) return [];
    try {
      const answers = await priceList.productsOf(product.query, region);
      return [{ key, product, finding: understand(product, answers) }];
    } catch (error) {
      failures.push(error);
      return [];
    }
  });
  if (failures.length > 0) throw failures[0];
  return findings.flat();
}

function priceOf(
  { query }: Product,
  { usd, publicationDate }: Extract<Finding, { usd: number }>,
  region: string,
  today: string,
): Price {
  const place = query.regionAttribute === null ? '' : `${region}/`;
  return {
    usd,
    source: `https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/${query.serviceCode}/current/${place}index.json`,
    seen: today,
    ...(publicationDate !== undefined && { asOf: publicationDate.slice(0, 10) }),
  };
}

function sorted(prices: Readonly<Record<string, Price>>): Record<string, Price> {
  return Object.fromEntries(Object.entries(prices).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Beside the file, then into its place: a reader never sees half a table. */
function writeTable(file: string, table: PriceTable): void {
  const staging = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(staging, `${JSON.stringify(table, null, 2)}\n`);
    renameSync(staging, file);
  } finally {
    rmSync(staging, { force: true });
  }
}
