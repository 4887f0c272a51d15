import { writeAudit } from '../../access/audit';
import type { Principal } from '../../access/principal';
import type { Database } from '../../database/pools';
import type { Prices } from '../record/build-row';
import { type RepriceProgress, type RepriceQuery, reprice, repricedProject } from './reprice';

export interface AuditedRepriceProps {
  readonly database: Pick<Database, 'writes'>;
  /** The price book of the whole run. */
  readonly prices: Prices;
  /** The clock. */
  readonly now: () => Date;
}

/**
 * Prices requests of a period again, as `reprice` does, and writes two rows to the audit log. The first one is stored
 * before the first slice, because a process that is killed writes no second row.
 * @returns the progress after each slice
 * @throws RequestError `invalid_query`, `project_not_visible`
 */
export async function* auditedReprice(
  { database, prices, now }: AuditedRepriceProps,
  principal: Principal,
  query: RepriceQuery,
): AsyncGenerator<RepriceProgress, void, undefined> {
  const { from, to, which } = query;
  const projectId = repricedProject(principal, query);
  const audit = (detail: Readonly<Record<string, unknown>>) => {
    const entry = { actor: principal.keyId, action: 'requests.reprice', subject: 'requests' } as const;
    const row = { ...entry, projectId, detail: { from, to, which, ...detail } };
    return writeAudit(database.writes, row, now());
  };
  let changed = 0;
  await audit({ phase: 'started' });
  try {
    for await (const progress of reprice(database, prices, principal, query)) {
      changed = progress.changed;
      yield progress;
    }
  } finally {
    // Also for a run that was cut: its slices are committed.
    await audit({ phase: 'ended', changed });
  }
}
