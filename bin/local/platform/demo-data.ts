import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { refreshCosts } from '../../../lambda/database/rollups/refresh-costs';
import type { Principal } from '../../../service/access/principal';
import { withConnection } from '../../../service/database/connect';
import type { DatabaseLog } from '../../../service/database/connection-pool';
import { openDatabase, type PoolSettings } from '../../../service/database/open-database';
import type { Database } from '../../../service/database/pools';
import { DEMO_DAYS } from '../../../service/local/demo/demo-hours';
import { REPRICED_MODEL } from '../../../service/local/demo/demo-models';
import { demoRecords } from '../../../service/local/demo/demo-records';
import { builtInPrices } from '../../../service/prices/built-in-prices';
import { readPriceCsv } from '../../../service/prices/import-csv';
import { importPrices } from '../../../service/prices/import-prices';
import { PriceStore } from '../../../service/prices/price-store';
import { MAX_RECORDS, RequestWriter } from '../../../service/requests/write/request-writer';
import { UsageError } from '../../cli/command';
import { clientDatabase } from '../../db/client-database';
import type { localLogin } from '../../db/local-database';

/** Writers at the same time: the database's core is busy with two. */
const WRITERS = 2;

/** Batches that wait for a writer. */
const WAITING = 4;

const DAY_MS = 86_400_000;

/** Nobody reads it: errors are thrown. */
const SILENT: DatabaseLog = { debug: () => undefined, info: () => undefined, warn: () => undefined };

export interface DemoProps extends Omit<DemoDataProps, 'until'> {
  /** Folder that remembers the plan of the demo. */
  readonly folder: string;
  readonly now: () => Date;
  readonly onStep: (line: string) => void;
}

/** What is to be written; `done` once it is. */
interface DemoPlan {
  readonly records: number;
  /** End of the 30 days, RFC 3339. */
  readonly until: string;
  readonly done: boolean;
}

/** Writes the demo once for a folder. A run after a killed one goes on with the same records. */
export async function ensureDemo({ folder, now, onStep, ...props }: DemoProps): Promise<void> {
  const file = join(folder, 'demo.json');
  const write = (plan: DemoPlan) => writeFileSync(file, JSON.stringify(plan));
  if (props.records === 0) return;
  if (!existsSync(file)) write({ records: props.records, until: now().toISOString(), done: false });
  const plan: DemoPlan = JSON.parse(readFileSync(file, 'utf8'));
  if (plan.done) return;
  const until = new Date(plan.until);
  onStep(`writing ${plan.records.toLocaleString('en')} records of the last ${DEMO_DAYS} days`);
  await withConnection(props.login, (client) => importDemoPrices(client, until));
  await writeDemoData({ ...props, records: plan.records, until });
  onStep('adding up their costs');
  await withConnection(props.login, addUpCosts);
  write({ ...plan, done: true });
}

export interface DemoDataProps {
  /** The superuser's log-in. */
  readonly login: ReturnType<typeof localLogin>;
  /** Ids of the two projects. */
  readonly projects: readonly [string, string];
  /** Number of records. */
  readonly records: number;
  /** End of the 30 days. A second run with the same time stores nothing twice. */
  readonly until: Date;
  /** Ends it early. */
  readonly signal: AbortSignal;
  /** Called with the number of records that are stored. */
  readonly onProgress: (done: number) => void;
}

/** Imports the demo's own prices, which change in the middle of the 30 days. */
async function importDemoPrices(client: Client, until: Date): Promise<void> {
  const { provider, model, before, after } = REPRICED_MODEL;
  const change = new Date(until.getTime() - (DEMO_DAYS / 2) * DAY_MS).toISOString().slice(0, 10);
  const line = (unit: 'input' | 'output', price: string, from: string, end: string) =>
    [provider, model, unit, price, from, end].join(',');
  const { rows, problems } = readPriceCsv(
    [
      'provider,model,unit,usd_per_million,valid_from,valid_until',
      ...(['input', 'output'] as const).flatMap((unit) => [
        line(unit, before[unit], '2020-01-01', change),
        line(unit, after[unit], change, ''),
      ]),
    ].join('\n'),
  );
  if (problems.length > 0) throw new Error(`the demo's prices are wrong: ${problems.join('; ')}`);
  const { prices } = await builtInPrices();
  await clientDatabase(client).writes.transaction((connection) =>
    importPrices(connection, { incoming: rows, known: prices, now: until, confirmed: true }),
  );
}

/** Stores the records of the demo by the service's own writer, which prices them, and adds up their costs. */
export async function writeDemoData(props: DemoDataProps): Promise<void> {
  const { login } = props;
  const { host, port, user, password } = login;
  const pool: PoolSettings = {
    login: {
      ...{ hosts: [host], port, user, database: login.database, tls: false },
      password: { current: password, refused: () => false },
    },
    ...{ max: WRITERS, min: 0 },
  };
  const database = openDatabase({
    ...{ reads: pool, writes: pool, applicationName: 'llm-cost-ops-demo', slowQueryMs: 60_000, log: SILENT },
    shared: { idleTimeoutMs: 1000, connectionTimeoutMs: 10_000, maxUses: 7500, allowExitOnIdle: true },
  });
  try {
    await writeAll(database, props);
  } finally {
    await database.close();
  }
}

async function writeAll(database: Database, props: DemoDataProps): Promise<void> {
  const prices = await PriceStore.open({ reads: database.reads });
  const writer = new RequestWriter({
    ...{ database, prices: () => prices.book, now: () => props.until, concurrency: WRITERS, maxWaitMs: 0 },
  });
  const underWay = new Set<Promise<void>>();
  let done = 0;
  let failure: unknown;
  const write = (project: 0 | 1, records: readonly unknown[]) => {
    const writing = store(writer, props.projects[project], records)
      .then(() => {
        done += records.length;
        props.onProgress(done);
      })
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => underWay.delete(writing));
    underWay.add(writing);
  };
  const batches: [unknown[], unknown[]] = [[], []];
  for (const { project, record } of demoRecords(props.records, props.until)) {
    batches[project].push(record);
    if (batches[project].length < MAX_RECORDS) continue;
    write(project, batches[project]);
    batches[project] = [];
    while (underWay.size >= WAITING) await Promise.race(underWay);
    if (failure !== undefined) throw failure;
    props.signal.throwIfAborted();
  }
  for (const project of [0, 1] as const) if (batches[project].length > 0) write(project, batches[project]);
  await Promise.all(underWay);
  await writer.close();
  if (failure !== undefined) throw failure;
}

async function store(writer: RequestWriter, projectId: string, records: readonly unknown[]): Promise<void> {
  const principal: Principal = { ...DEMO_PRINCIPAL, projectId };
  const { rejected } = await writer.write(principal, records, { source: 'demo' });
  const [first] = rejected;
  if (first !== undefined) throw new UsageError(`a record of the demo was refused: ${first.message}`);
}

const DEMO_PRINCIPAL: Omit<Principal, 'projectId'> = {
  keyId: '00000000-0000-7000-8000-000000000000',
  organisation: false,
  roles: new Set(['ingest']),
};

/** Adds up the costs of the records. */
async function addUpCosts(client: Client): Promise<void> {
  await client.query('VACUUM ANALYZE llm_requests');
  await refreshCosts(client, () => true);
}
