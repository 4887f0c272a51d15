import { setTimeout as sleep } from 'node:timers/promises';
import { monthOf, startOf } from '../../lambda/database/partitions/month';
import { refreshCosts } from '../../lambda/database/rollups/refresh-costs';
import { withConnection } from '../../service/database/connect';
import { insertGenerated, insertUsersAndPrices } from '../db/generated-requests';
import { compareRollups, type RollupCounts } from '../drill/compare-rollups';
import type { DrillSurroundings } from '../drill/drill-command';
import { RecordClients, type Success } from '../drill/records/record-clients';
import { type PhaseCounts, RecordLedger, type StoredRow } from '../drill/records/record-ledger';
import { type LocalService, withLocalService } from '../local/local-service';
import { type FaultName, faultOf } from './faults';

export interface DrillProps extends DrillSurroundings {
  /** Faults in their order. */
  readonly faults: readonly FaultName[];
  /** Load for each fault, seconds: a third before it, a third while it lasts, a third after its repair. */
  readonly seconds: number;
}

/** Result of one fault. */
export interface FaultResult extends PhaseCounts {
  readonly fault: FaultName;
  /** From the begin of the repair to the first success of a server that the fault was about, ms; null: none came. */
  readonly firstSuccessMs: number | null;
}

/** Result of a drill; `--json` prints it. */
export interface DrillResult {
  readonly faults: readonly FaultResult[];
  /** Over all faults. */
  readonly lost: number;
  readonly twice: number;
  readonly refused: number;
  readonly rollups: RollupCounts;
}

/** API processes; clients send to them in turn. */
const APIS = 2;

/** Clients, and their longest wait for an answer: shorter than the longest fault. */
const LOAD = { clients: 16, pauseMs: 5, answerMs: 2500 };

/** How long a fault's servers have to answer after the repair, ms. */
const RECOVERY_MS = 30_000;

/** How long calls that are under way at the end may take, ms. */
const PATIENCE_MS = 30_000;

/** Rows that the table has before a full disk, so that its file is about as large as a file may be. */
const FILLING_ROWS = 60_000;

/** Runs the faults, one after another, under load, and compares what clients were told with what is stored. */
export function runDrill(props: DrillProps): Promise<DrillResult> {
  const { faults, searchPath, now, onStep } = props;
  onStep(`Starting PostgreSQL and ${APIS} API processes`);
  return withLocalService(
    {
      apis: APIS,
      parameters: {},
      oldestMonth: monthOf(now()) - 1,
      searchPath,
      now,
      signal: props.signal,
      ...(faults.includes('disk-full') && { prepare: (database) => fillTable(database, now()) }),
    },
    (service) => drill(service, props),
  );
}

async function drill(service: LocalService, props: DrillProps): Promise<DrillResult> {
  const ledger = new RecordLedger();
  const watch = new SuccessWatch();
  let phase = '';
  const recoveries = new Map<FaultName, number | null>();
  const first = props.faults[0] ?? '';
  phase = first;
  const clients = new RecordClients({
    ...LOAD,
    urls: service.apis.map(({ url }) => url),
    key: service.key,
    ledger,
    phase: () => phase,
    nowMs: () => props.now().getTime(),
    clock: props.clock,
    onSuccess: (success) => watch.take(success),
  });
  try {
    for (const name of props.faults) {
      phase = name;
      recoveries.set(name, await runFault(name, service, watch, props));
      await refreshRollups(service);
    }
  } finally {
    await clients.stop(props.signal.aborted ? 0 : PATIENCE_MS);
  }
  const counts = ledger.compare(await storedRows(service));
  const results = props.faults.flatMap((fault): FaultResult[] => {
    const counted = counts[fault];
    return counted ? [{ fault, ...counted, firstSuccessMs: recoveries.get(fault) ?? null }] : [];
  });
  const sum = (count: (result: FaultResult) => number) =>
    results.reduce((total, result) => total + count(result), 0);
  return {
    faults: results,
    lost: sum(({ lost }) => lost),
    twice: sum(({ twice }) => twice),
    refused: sum(({ refused }) => refused),
    rollups: await compareRollups(service.login),
  };
}

/** @returns from the begin of the repair to the first success, ms; null where none came */
async function runFault(
  name: FaultName,
  service: LocalService,
  watch: SuccessWatch,
  { seconds, clock, signal, onStep }: DrillProps,
): Promise<number | null> {
  const fault = faultOf(name, service);
  const third = () => sleep((seconds * 1000) / 3, undefined, { signal });
  await third();
  onStep(`${name}: begins`);
  await fault.begin();
  await third().finally(() => onStep(`${name}: is repaired`));
  const repairMs = clock();
  const success = watch.next(fault.servers, repairMs, RECOVERY_MS);
  await fault.repair();
  const [first] = await Promise.all([success, third()]);
  return first === null ? null : first.answeredMs - repairMs;
}

/** Waits for the first success of some servers after a time. */
class SuccessWatch {
  private waiting:
    | { servers: readonly number[]; sinceMs: number; resolve: (success: Success) => void }
    | undefined;

  take(success: Success): void {
    const { waiting } = this;
    if (waiting?.servers.includes(success.server) !== true || success.sentMs < waiting.sinceMs) return;
    this.waiting = undefined;
    waiting.resolve(success);
  }

  /** The first success of a call that was sent after a time; null where none comes in time. */
  next(servers: readonly number[], sinceMs: number, patienceMs: number): Promise<Success | null> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), patienceMs);
      this.waiting = {
        servers,
        sinceMs,
        resolve: (success) => {
          clearTimeout(timer);
          resolve(success);
        },
      };
    });
  }
}

/** Rows of this month, which are no records of the drill. */
async function fillTable({ login }: Pick<LocalService, 'login'>, now: Date): Promise<void> {
  const start = startOf(monthOf(now));
  const stock = { total: FILLING_ROWS, users: 100, start, end: startOf(monthOf(now) + 1) };
  await withConnection(login, async (client) => {
    await insertUsersAndPrices(client, stock);
    await insertGenerated(client, stock, 0, FILLING_ROWS);
  });
}

function refreshRollups({ login }: LocalService) {
  return withConnection(login, (client) => refreshCosts(client, () => true));
}

async function storedRows({ login }: LocalService): Promise<StoredRow[]> {
  const { rows } = await withConnection(login, (client) =>
    client.query<StoredRow>(
      `SELECT tags->>'drill' AS marker, id, status FROM llm_requests WHERE tags ? 'drill'`,
    ),
  );
  return rows;
}
