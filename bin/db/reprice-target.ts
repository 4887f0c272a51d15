import type { Principal } from '../../service/access/principal';
import type { ConnectionSettings } from '../../service/database/connect';
import { PriceStore } from '../../service/prices/price-store';
import { RequestError } from '../../service/requests/errors';
import { auditedReprice } from '../../service/requests/write/audited-reprice';
import type { RepriceProgress, RepriceQuery } from '../../service/requests/write/reprice';
import { UsageError } from '../cli/command';
import { clientDatabase } from './client-database';
import { withTarget } from './target';

/** Name of the command in the audit log. */
const ACTOR = 'npm run db:reprice';

/** Whoever may log in to the database sees all projects. */
const OPERATOR: Principal = {
  keyId: ACTOR,
  organisation: true,
  projectId: null,
  roles: new Set(['read', 'admin']),
};

/** What a repricing has done. */
export type RepriceResult = Omit<RepriceProgress, 'until'>;

/**
 * Prices requests of a database again and writes the change to the audit log, also where it is cut.
 * @throws UsageError where the query is wrong or the database cannot be reached
 */
export function repriceTarget(
  login: ConnectionSettings,
  query: RepriceQuery,
  now: () => Date,
): Promise<RepriceResult> {
  return withTarget(login, async (client) => {
    const database = clientDatabase(client);
    const prices = await PriceStore.open({ reads: database.reads });
    let result: RepriceResult = { scanned: 0, changed: 0, outOfRange: 0 };
    const props = { database, prices: prices.book, now };
    try {
      for await (const { until: _, ...done } of auditedReprice(props, OPERATOR, query)) result = done;
    } catch (error) {
      if (error instanceof RequestError) throw new UsageError(error.message, { cause: error });
      throw error;
    }
    return result;
  });
}
