import type { Queryable } from '../database/pools';
import type { ModelRule } from './model-names';
import { type PriceChanges, type PricePlan, planPriceChanges } from './price-changes';
import { readPrices, writeModelRules, writePriceChanges } from './price-tables';

/** An import of prices. */
export interface PriceImport extends Omit<PricePlan, 'stored'> {
  /** Rules of model names to store with the prices. @default - none */
  readonly rules?: readonly ModelRule[];
  /** Whether to show what changes without changing it. @default false */
  readonly dryRun?: boolean;
  /** Whether prices that are 100 times another one are right. @default false */
  readonly confirmed?: boolean;
}

/** What an import does, or would do. */
export interface PriceImportResult extends PriceChanges {
  /** Whether it is done. Not for a dry run, nor where outlying prices need to be confirmed. */
  readonly applied: boolean;
}

/** Advisory lock of imports: two at once would plan from the same prices. */
const IMPORT_LOCK = "hashtext('llm-cost-ops price import')";

/**
 * Imports prices, or says what an import would change.
 * @param client a connection in a transaction, of a user who may write prices
 */
export async function importPrices(
  client: Queryable,
  { rules = [], dryRun = false, confirmed = false, ...plan }: PriceImport,
): Promise<PriceImportResult> {
  await client.query('prices-lock', `SELECT pg_advisory_xact_lock(${IMPORT_LOCK})`);
  const changes = planPriceChanges({ ...plan, stored: await readPrices(client) });
  if (dryRun || (changes.outlying.length > 0 && !confirmed)) return { ...changes, applied: false };
  await writePriceChanges(client, changes);
  if (rules.length > 0) await writeModelRules(client, rules);
  return { ...changes, applied: true };
}
