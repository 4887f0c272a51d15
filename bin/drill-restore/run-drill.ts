import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { refreshCosts } from '../../lambda/database/rollups/refresh-costs';
import { type ConnectionSettings, withConnection } from '../../service/database/connect';
import { EmbeddedPostgres } from '../db/embedded-postgres';
import { freePort } from '../db/temporary-database';
import { findGap } from '../db-gap/find-gap';
import type { GapResult } from '../db-gap/gap-result';
import { journalFiles } from '../db-gap/read-journals';
import { readReport } from '../db-gap/reported-call';
import { type Comparison, compareNow } from '../drill/calls/call-ledger';
import { Callers } from '../drill/calls/callers';
import { archiveAll } from './archive';
import { DEFAULT_PROJECT, deployRelease, newAdminKey, newBudget, revoke } from './changes';
import { RecordSender } from './record-sender';
import { restoreTo } from './restored-server';
import { compareRows, type DrillRow, deleteRows, drillRows, type RowComparison } from './rows';
import { type DrillProps, type DrillServers, withServers } from './servers';

/** Result of the drill; `--json` prints it. */
export interface DrillResult {
  /** From the target to the disaster, seconds. */
  readonly lostSeconds: number;
  /** From the start of the restored server until it took writes, seconds. */
  readonly restoreSeconds: number;
  /** Rows before the disaster that the restore has lost. */
  readonly lostRows: number;
  /** What `db:gap` found, first without writing. */
  readonly gap: GapResult['gap'];
  readonly filled: number;
  /** Rows that a second run wrote. */
  readonly filledAgain: number;
  /** Records that their senders sent again, and that were not stored any more. */
  readonly sentAgain: number;
  readonly migrationsAgain: readonly string[];
  readonly undone: readonly string[];
  readonly rows: RowComparison;
  readonly calls: Pick<Comparison, 'reached' | 'missing' | 'twice' | 'active'>;
  readonly sums: GapResult['sums'];
  /** What is not as it should be, a sentence each; empty where the drill has passed. */
  readonly problems: readonly string[];
}

/** What the load has left behind. */
interface Disaster {
  readonly target: Date;
  readonly at: Date;
  readonly revokedKey: string;
  /** Rows at the disaster. */
  readonly rows: readonly DrillRow[];
  readonly sender: RecordSender;
  /** Copies of the journals that were saved. */
  readonly journals: string;
  /** Log-in of the former database. */
  readonly former: ConnectionSettings;
}

/** Callers of the gateway at the same time. */
const CALLERS = 12;

/** Time between the target and what must not be restored, ms: no transaction is under way across it. */
const APART_MS = 200;

/** Time in which the provider sees that its callers are gone, ms. */
const GONE_MS = 500;

/** Records are sent again from so long before the target on, ms; those that are stored are duplicates. */
const OVERLAP_MS = 5000;

/** Calls that started so long before the target may have ended after it, ms. */
const LONGEST_CALL_MS = 60_000;

/** Time before the target whose roll-ups are compared, ms. */
const SUMMED_MS = 4 * 3_600_000;

/** Runs the drill. @throws UsageError where a server does not start */
export function runDrill(props: DrillProps): Promise<DrillResult> {
  return withServers(props, async (servers) => {
    const { service, backup } = servers;
    const restored = new EmbeddedPostgres(backup, props.searchPath);
    try {
      const disaster = await loadAndDisaster(servers, props);
      props.onStep('restoring to the time before the wrong statement');
      const begin = props.clock();
      await restoreTo({
        server: restored,
        archive: servers.archive,
        target: disaster.target,
        login: service.login,
        signal: props.signal,
      });
      const restoreSeconds = (props.clock() - begin) / 1000;
      return await fillAndCompare(servers, disaster, restoreSeconds, props);
    } finally {
      // A pod that still writes would keep the server from its end.
      await Promise.all(service.apis.map((api) => api.end('SIGKILL')));
      if (restored.running) restored.stop();
    }
  });
}

async function loadAndDisaster(servers: DrillServers, props: DrillProps): Promise<Disaster> {
  const { service } = servers;
  const { now, clock, seconds, signal, onStep } = props;
  const [first, second] = service.apis;
  if (first === undefined || second === undefined) throw new Error('two API processes are needed');
  const admin = await withConnection(service.login, (client) => newAdminKey(client, now));
  await withConnection(service.login, (client) => newBudget(client, first.url, admin.secret));
  onStep('sending records and calls');
  const callers = new Callers({
    kinds: ['chat completion', 'streamed chat completion'],
    ...{ callers: CALLERS, pauseMs: 20, key: service.key, clock },
    urls: () => [first.url, second.url],
    onEnd: () => undefined,
  });
  const sender = new RecordSender({ url: first.url, key: service.key, now });
  const load = () => sleep(seconds * 1000, undefined, { signal });
  try {
    await load();
    await withConnection(service.login, (client) => refreshCosts(client, () => true));
    await sleep(APART_MS);
    const target = now();
    await sleep(APART_MS);
    onStep('after the target: a key is revoked, and a release brings a migration');
    await withConnection(service.login, async (client) => {
      await revoke(client, admin.id, now);
      await deployRelease(client);
    });
    await load();
    onStep('the wrong statement deletes all requests');
    const rows = await withConnection(service.login, deleteRows);
    const at = now();
    await Promise.all([first.end('SIGKILL'), second.end('SIGKILL')]);
    await Promise.all([callers.stop(), sender.stop()]);
    const former = await setFormerAside(servers);
    return { target, at, revokedKey: admin.id, rows, sender, journals: saveJournals(servers), former };
  } finally {
    await Promise.all([callers.stop(), sender.stop()]);
  }
}

/** Starts the former server on another port, so that the restored one gets the address that the pods know. */
async function setFormerAside({ service }: DrillServers): Promise<ConnectionSettings> {
  const { postgres, login } = service;
  await withConnection(login, archiveAll);
  postgres.stop();
  const port = await freePort();
  await postgres.startAside(port);
  return { ...login, port };
}

/** Saves the journal of the first process; the second one's is lost with its node. */
function saveJournals({ service }: DrillServers): string {
  const [saved, live] = [join(service.folder, 'saved'), join(service.folder, 'journal')];
  mkdirSync(saved);
  cpSync(join(live, 'api-1'), join(saved, 'api-1'), { recursive: true });
  rmSync(join(live, 'api-2'), { recursive: true, force: true });
  return saved;
}

async function fillAndCompare(
  servers: DrillServers,
  disaster: Disaster,
  restoreSeconds: number,
  props: DrillProps,
): Promise<DrillResult> {
  const { service, provider } = servers;
  const { login } = service;
  const { target, at, rows, sender } = disaster;
  const sources = { providerUrl: provider.url, login };
  props.signal.throwIfAborted();
  const restoredRows = await withConnection(login, drillRows);
  const migrated = await withConnection(login, deployRelease);
  props.onStep('listing the gap, and filling it twice');
  await sleep(GONE_MS);
  const gapProps = {
    ...{ ...disaster, ...(await evidenceOf(servers, disaster)), ...props, login, copiesRows: false },
    ...{ earliest: new Date(target.getTime() - LONGEST_CALL_MS), to: props.now() },
  };
  const listed = await findGap({ ...gapProps, from: target, fills: false, checksSums: false });
  const filled = await findGap({ ...gapProps, from: target, fills: true, checksSums: false });
  const again = await findGap({ ...gapProps, from: target, fills: true, checksSums: false });
  props.signal.throwIfAborted();
  props.onStep('starting the API on the restored database; senders send their records again');
  await Promise.all(service.apis.map((api) => api.start(props.signal)));
  const sentAgain = await sender.sendAgain(new Date(target.getTime() - OVERLAP_MS));
  await withConnection(login, (client) => refreshCosts(client, () => true));
  // Records are up to three hours old; the roll-ups have the hours that have ended.
  const hoursAgo = new Date(target.getTime() - SUMMED_MS);
  const { sums } = await findGap({ ...gapProps, from: hoursAgo, fills: false, checksSums: true });
  const kept = new Set(restoredRows.filter(({ ended }) => ended).map(({ id }) => id));
  const result = {
    lostSeconds: (at.getTime() - target.getTime()) / 1000,
    restoreSeconds,
    lostRows: rows.filter(({ id, ended }) => ended && !kept.has(id)).length,
    ...{ gap: listed.gap, filled: filled.filled ?? 0, filledAgain: again.filled ?? 0, sentAgain },
    migrationsAgain: migrated.applied,
    undone: (filled.lostChanges ?? []).map(({ action, subject }) => `${action} ${subject}`),
    rows: compareRows(rows, await withConnection(login, drillRows)),
    calls: callsOf(await compareNow(sources)),
    sums,
  };
  return { ...result, problems: problemsOf(result, disaster) };
}

async function evidenceOf({ provider }: DrillServers, { journals }: Disaster) {
  const answer = await fetch(`${provider.url}/simulated/calls?limit=100000`);
  return {
    journals: journalFiles(journals),
    report: readReport(await answer.text(), 'the report'),
    owner: { projectId: DEFAULT_PROJECT, provider: 'openai' },
  };
}

function callsOf({ reached, missing, twice, active }: Comparison): DrillResult['calls'] {
  return { reached, missing, twice, active };
}

/** What is wrong with a restore. */
export function problemsOf(
  result: Omit<DrillResult, 'problems'>,
  { revokedKey }: Pick<Disaster, 'revokedKey'>,
): string[] {
  const { rows, calls, sums, gap } = result;
  const checks: readonly (readonly [boolean, string])[] = [
    [result.lostRows === 0, 'the restore has lost no row, so the drill has shown nothing'],
    [gap.journal === 0, 'no row was filled from a journal'],
    [gap.report + gap['identity and report'] === 0, "no row was filled from the provider's report"],
    [rows.missing.length > 0, `${rows.missing.length} rows are missing`],
    [rows.different.length > 0, `${rows.different.length} rows have other values than before`],
    [calls.missing.length > 0, `${calls.missing.length} calls that reached the provider have no row`],
    [calls.twice > 0, `${calls.twice} rows are there a second time`],
    [calls.active > 0, `${calls.active} rows have not ended`],
    [result.filledAgain > 0, `a second run of db:gap wrote ${result.filledAgain} rows`],
    [result.migrationsAgain.length === 0, 'the migration from after the target was not applied again'],
    [
      !result.undone.includes(`key.revoke ${revokedKey}`),
      'the revoked key is not in the list of lost changes',
    ],
    [sums?.budgets.windows === 0, 'no window of a budget was compared'],
    [(sums?.budgets.wrong.length ?? 1) > 0, 'a budget counts another sum than its rows have'],
    [sums?.rollups.hours === 0, 'no hour of the roll-ups was compared'],
    [(sums?.rollups.wrong.length ?? 1) > 0, 'a roll-up has another cost than its rows'],
  ];
  return checks.flatMap(([isWrong, problem]) => (isWrong ? [problem] : []));
}
