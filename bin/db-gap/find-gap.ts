import type { Client } from 'pg';
import type { ConnectionSettings } from '../../service/database/connect';
import type { RecordWriter } from '../../service/gateway/ledger/ledger-props';
import { PriceStore } from '../../service/prices/price-store';
import { RequestWriter } from '../../service/requests/write/request-writer';
import { clientDatabase } from '../db/client-database';
import { withTarget } from '../db/target';
import { compareUsage } from './compare-usage';
import { formerRows } from './former-rows';
import { BATCH, GapFiller } from './gap-filler';
import type { GapResult } from './gap-result';
import { changeWarnings, lostChanges, usableKeys } from './lost-changes';
import { type JournalFile, readJournals } from './read-journals';
import type { Evidence, Owner } from './repair';
import type { ProviderReport, ReportedCall } from './reported-call';
import { checkSums } from './sum-checks';
import type { UsageBucket } from './usage-buckets';

export interface FindGapProps {
  /** The restored database. */
  readonly login: ConnectionSettings;
  /** The database from before, where it still answers. @default - lost changes are unknown */
  readonly former?: ConnectionSettings;
  /** Whether ended rows of the former database are taken, too. */
  readonly copiesRows: boolean;
  /** Target of the restore. */
  readonly from: Date;
  /** Calls that started before are not compared. */
  readonly earliest: Date;
  /** End of what is compared. */
  readonly to: Date;
  readonly journals: readonly JournalFile[];
  /** @default - journals only */
  readonly report?: ProviderReport;
  /** Sums of a provider's usage API, to be compared with the rows afterwards. @default - none */
  readonly usage?: { readonly buckets: readonly UsageBucket[]; readonly provider: string };
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

/**
 * Lists the calls whose rows a restore has lost, and writes them where that is asked for.
 * @throws UsageError where a database cannot be reached
 */
export function findGap(props: FindGapProps): Promise<GapResult> {
  const { former } = props;
  return withTarget(props.login, async (client) => {
    const writer = props.fills ? await recordWriter(client, props.now) : null;
    const work = (old: Client | null) => compare({ client, former: old, writer }, props);
    try {
      return await (former === undefined ? work(null) : withTarget(former, work));
    } finally {
      await writer?.close();
    }
  });
}

interface Connections {
  readonly client: Client;
  readonly former: Client | null;
  readonly writer: RecordWriter | null;
}

async function compare({ client, former, writer }: Connections, props: FindGapProps): Promise<GapResult> {
  const { from, earliest, to, owner, journals, report, fills } = props;
  const filler = new GapFiller({ client, writer, owner, from: earliest, to });
  const read = await takeAll(filler, former, props);
  const changes = former === null ? null : await lostChanges(former, client, from);
  const sums = props.checksSums ? await checkSums(client, from, to) : undefined;
  const usage = props.usage && (await compareUsage(client, props.usage.buckets, props.usage.provider));
  const { complete, gap, withoutOwner, filled, refused, failed, calls } = filler;
  return {
    ...{ from: from.toISOString(), earliest: earliest.toISOString(), to: to.toISOString() },
    read: {
      ...{ ...read, journalFiles: journals.length },
      ...{ reported: report?.calls.size ?? 0, reportedWithoutId: report?.withoutId ?? 0 },
    },
    ...{ complete, gap, withoutOwner, filled: fills ? filled : null, refused, failed, calls },
    lostChanges: changes,
    warnings: changeWarnings(changes, await usableKeys(client, props.now())),
    ...(sums && { sums }),
    ...(usage && { usage }),
  };
}

type Read = Pick<GapResult['read'], 'journalEnds' | 'journalStarts' | 'formerRows'>;

/** Gives all that is known to the filler, the best source of each call first: each call once. */
async function takeAll(
  filler: GapFiller,
  former: Client | null,
  { earliest, to, journals, report, copiesRows, onStep }: FindGapProps,
): Promise<Read> {
  const seen = new Set<string>();
  const take = async (evidence: readonly Evidence[], remembers = (_id: string) => true) => {
    const fresh = evidence.filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) if (remembers(id)) seen.add(id);
    await filler.take(fresh);
    return fresh.length;
  };
  onStep(`reading ${journals.length} files of journals`);
  let journalEnds = 0;
  const starts = await readJournals(journals, {
    batch: BATCH,
    ends: async (ends) => {
      journalEnds += await take(ends.map((end) => ({ id: end.record.id, end })));
    },
  });
  const reported = report?.calls ?? new Map<string, ReportedCall>();
  let copied = 0;
  if (former !== null && copiesRows) {
    onStep('reading rows of the former database');
    const open = new Set(starts.map(({ record }) => record.id));
    // There may be many rows: only what comes again below is remembered.
    const comesAgain = (id: string) => open.has(id) || reported.has(id);
    for await (const rows of formerRows(former, { from: earliest, to, batch: BATCH })) {
      copied += await take(
        rows.map((row) => ({ id: row.record.id, former: row })),
        comesAgain,
      );
    }
  }
  onStep(`comparing ${starts.length} calls without an end, and ${reported.size} of the report`);
  await take(
    starts.map((start) => ({ id: start.record.id, start, reported: reported.get(start.record.id) })),
  );
  await take([...reported.values()].map((call) => ({ id: call.id, reported: call })));
  return { journalEnds, journalStarts: starts.length, formerRows: copied };
}

async function recordWriter(client: Client, now: () => Date): Promise<RequestWriter> {
  const database = clientDatabase(client);
  const prices = await PriceStore.open({ reads: database.reads });
  // One connection: one transaction at a time.
  return new RequestWriter({ database, prices: () => prices.book, now, concurrency: 1 });
}
