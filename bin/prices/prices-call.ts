import type { Client } from 'pg';
import type { ConnectionSettings } from '../../service/database/connect';
import type { Queryable } from '../../service/database/pools';
import { type BuiltInPrices, builtInPrices } from '../../service/prices/built-in-prices';
import { withBuiltIn } from '../../service/prices/price-store';
import { readDiscounts, readModelRules, readPrices } from '../../service/prices/price-tables';
import type { PriceData } from '../../service/prices/price-usage';
import { withTarget } from '../db/target';

/** A call of `npm run prices`. */
export interface PricesCall {
  /** Words after the name of the subcommand. */
  readonly operands: readonly string[];
  /** Log-in of the database. @throws UsageError where there is no local database, or the URL is wrong */
  readonly login: () => ConnectionSettings;
  readonly now: Date;
  /** The provider's usage object, JSON. @default - none */
  readonly usage?: string;
  /** RFC 3339 time. @default - now */
  readonly at?: string;
  /** Service tier. @default - the standard tier */
  readonly tier?: string;
  /** The provider's region. @default - none */
  readonly region?: string;
  /** Project id. */
  readonly project: string;
  /** Whether to change nothing. */
  readonly dryRun: boolean;
  /** Whether outlying prices are confirmed. */
  readonly confirmed: boolean;
  /** Whether to leave the database out. */
  readonly builtIn: boolean;
}

/** The prices in force: the stored ones over the built-in ones. */
export async function priceData({
  builtIn,
  login,
}: Pick<PricesCall, 'builtIn' | 'login'>): Promise<PriceData> {
  const packaged = await builtInPrices();
  return builtIn ? packaged : await withTarget(login(), (client) => stored(queryable(client), packaged));
}

/** The statements of a connection, without their names, which only pools count. */
export function queryable(client: Client): Queryable {
  return { query: (_name, text, values = []) => client.query(text, [...values]) };
}

async function stored(client: Queryable, packaged: BuiltInPrices): Promise<PriceData> {
  const prices = await readPrices(client);
  const models = await readModelRules(client);
  return withBuiltIn({ prices, models, discounts: await readDiscounts(client) }, packaged);
}
