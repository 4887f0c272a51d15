import type { Client } from 'pg';
import type { ConnectionSettings } from '../../service/database/connect';
import type { RecordWriter } from '../../service/gateway/ledger/ledger-props';
import { PriceStore } from '../../service/prices/price-store';
import { RequestWriter } from '../../service/requests/write/request-writer';
import { clientDatabase } from '../db/client-database';
import { withTarget } from '../db/target';
import { BATCH, GapFiller } from './gap-filler';
import type { GapResult } from './gap-result';
import { changeWarnings, type LostChange, lostChanges, usableKeys } from './lost-changes';
import { type JournalFile, readJournals } from './read-journals';
import type { Evidence, Owner } from './repair';
import type { ProviderReport } from './reported-call';
import { checkSums } from './sum-checks';

export interface FindGapProps {
  /** The restored database. */
  readonly login: ConnectionSettings;
  /** The database from before, where it still answers. @default - lost changes are unknown */
  readonly former?: ConnectionSettings;
  /** Target of the restore. */
  readonly from: Date;
  /** End of what is compared. */
  readonly to: Date;
  readonly journals: readonly JournalFile[];
  /** @default - journals only */
  readonly report?: ProviderReport;
  /** Whose calls are taken to be that only the report has; null: they are not filled. */
  readonly owner: Owner | null;
  /** Whether missing rows are written. */
  readonly fills: boolean;
  /** Whether budgets and roll-ups are compared with the rows. */
  readonly checksSums: boolean;
  readonly now: () => Date;
  /** Called with what happens, a line each. */
  readonly onStep: (line: string) => void;
}

/** Longest call that the configuration allows, ms: one that started before the target may have ended after it. */
const LONGEST_CALL_MS = 3_600_000;

/**
 * Lists the calls whose rows a restore has lost, and writes them where that is asked for.
 * @throws UsageError where a database cannot be reached
 */
export function findGap(props: FindGapProps): Promise<GapResult> {
  return withTarget(props.login, async (client) => {
    const writer = props.fills ? await recordWriter(client, props.now) : null;
    try {
      return await compare(client, writer, props);
    } finally {
      await writer?.close();
    }
  });
}

async function compare(client: Client, writer: RecordWriter | null, props: FindGapProps): Promise<GapResult> {
  const { from, to, owner, journals, report, fills, onStep } = props;
  const earliest = new Date(from.getTime() - LONGEST_CALL_MS);
  const filler = new GapFiller({ client, writer, owner, from: earliest, to });
  // What is left once the journals are read is in the report only.
  const reported = new Map(report?.calls);
  let journalEnds = 0;
  onStep(`reading ${journals.length} files of journals`);
  const starts = await readJournals(journals, {
    batch: BATCH,
    ends: async (ends) => {
      journalEnds += ends.length;
      for (const { record } of ends) reported.delete(record.id);
      await filler.take(ends.map((end) => ({ id: end.record.id, end })));
    },
  });
  onStep(`comparing ${starts.length} calls without an end, and ${reported.size} that only the report has`);
  const started = starts.map((start): Evidence => withReport(start, reported));
  for (const { id } of started) reported.delete(id);
  await filler.take([...started, ...[...reported.values()].map((call) => ({ id: call.id, reported: call }))]);
  const changes = await changesSince(client, props);
  const sums = props.checksSums ? await checkSums(client, from, to) : undefined;
  const { complete, gap, withoutOwner, filled, refused, failed, calls } = filler;
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    read: {
      ...{ journalFiles: journals.length, journalEnds, journalStarts: starts.length },
      ...{ reported: report?.calls.size ?? 0, reportedWithoutId: report?.withoutId ?? 0 },
    },
    ...{ complete, gap, withoutOwner, filled: fills ? filled : null, refused, failed, calls },
    lostChanges: changes,
    warnings: changeWarnings(changes, await usableKeys(client, props.now())),
    ...(sums && { sums }),
  };
}

function withReport(
  start: Exclude<Evidence['start'], undefined>,
  reported: ProviderReport['calls'],
): Evidence {
  const { id } = start.record;
  const call = reported.get(id);
  return { id, start, ...(call && { reported: call }) };
}

async function changesSince(
  restored: Client,
  { former, from }: FindGapProps,
): Promise<readonly LostChange[] | null> {
  if (former === undefined) return null;
  return withTarget(former, (client) => lostChanges(client, restored, from));
}

async function recordWriter(client: Client, now: () => Date): Promise<RequestWriter> {
  const database = clientDatabase(client);
  const prices = await PriceStore.open({ reads: database.reads });
  // One connection: one transaction at a time.
  return new RequestWriter({ database, prices: () => prices.book, now, concurrency: 1, maxWaitMs: 0 });
}
