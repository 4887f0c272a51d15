import { loadavg } from 'node:os';
import type { Client } from 'pg';
import { deploySchema } from '../../../lambda/database/migrator/deploy-schema';
import { createPartitions } from '../../../lambda/database/partitions/create-partitions';
import { monthOf } from '../../../lambda/database/partitions/month';
import type { ConnectionSettings } from '../../../service/database/connect';
import { type GeneratedRequests, insertGenerated, insertUsersAndPrices } from '../../db/generated-requests';
import { repositoryMigrations } from '../../db/repository-migrations';
import { withConnections, withTemporaryDatabase } from '../../db/temporary-database';
import { type InsertRates, timeInserts } from './time-inserts';
import { type PageTimes, type QueryTimes, timeDailyCosts, timePages, timeQueries } from './time-queries';
import { type RefreshTimes, timeRefresh } from './time-refresh';

/** Rows of the insert benchmark. */
const INSERT_ROWS = 100_000;

/** Rows that one statement generates. */
const CHUNK = 20_000;

/** The first migration that creates an index beside the primary keys. */
const FIRST_INDEX_MIGRATION = '0004';

/** RDS would give shared_buffers a quarter of the memory of an r8g.large, more than a laptop can spare. */
const PARAMETERS = { shared_buffers: '1GB', max_wal_size: '4GB', maintenance_work_mem: '256MB' };

export interface MeasureDatabaseProps {
  /** Requests in the table. */
  readonly rows: number;
  /** `PATH` of the caller's environment, for the programs of PostgreSQL. */
  readonly searchPath: string | undefined;
  /** Called with the number of generated rows and their total. */
  readonly onProgress: (done: number, total: number) => void;
}

/** Figures of the benchmark; `--json` prints them. */
export interface DatabaseFigures {
  /** Requests in the table. */
  readonly rows: number;
  /** Times of the seed's queries, without and with their indexes. */
  readonly queries: readonly QueryTimes[];
  /** Times of pages of a history. */
  readonly pages: PageTimes;
  /** Times of readers during a refresh of the roll-up. */
  readonly refresh: RefreshTimes;
  /** Rates of inserts. */
  readonly inserts: InsertRates;
  /** Load averages over a minute before and after: other work on the machine slows every figure. */
  readonly loads: readonly number[];
}

/** Measures on a database of its own, which is removed afterwards. */
export async function measureDatabase(props: MeasureDatabaseProps): Promise<DatabaseFigures> {
  const before = minuteLoad();
  const figures = await withTemporaryDatabase({ ...props, parameters: PARAMETERS }, ({ login }) =>
    withConnections(login, 3, (client, reader, watcher) =>
      measureOn({ login, client, reader, watcher }, props),
    ),
  );
  return { ...figures, loads: [before, minuteLoad()] };
}

/** Connections of the benchmark. */
interface Sessions {
  readonly login: ConnectionSettings;
  readonly client: Client;
  readonly reader: Client;
  readonly watcher: Client;
}

async function measureOn(
  { login, client, reader, watcher }: Sessions,
  { rows, onProgress }: MeasureDatabaseProps,
): Promise<Omit<DatabaseFigures, 'loads'>> {
  const stock: GeneratedRequests = {
    total: rows,
    users: 1000,
    start: '2026-08-01T00:00:00Z',
    end: '2026-11-01T00:00:00Z',
  };
  await deployMigrations(login, stock, (name) => name < FIRST_INDEX_MIGRATION);
  await fill(client, stock, onProgress);
  await client.query('VACUUM ANALYZE llm_requests');
  const without = await timeQueries(client, stock);
  await deployMigrations(login, stock, () => true);
  await client.query('VACUUM ANALYZE llm_requests');
  await client.query('ANALYZE user_cost_summary');
  const withIndex = await timeQueries(client, stock);
  const queries = Object.entries(without).map(([query, withoutIndexMs]) => ({
    query,
    withoutIndexMs,
    withIndexMs: withIndex[query] ?? Number.NaN,
  }));
  return {
    rows,
    queries: [...queries, await timeDailyCosts(client, stock)],
    pages: await timePages(client),
    refresh: await timeRefresh({ refresher: client, reader, watcher }, stock),
    inserts: await timeInserts([client, reader], INSERT_ROWS, stock.end),
  };
}

async function deployMigrations(
  login: ConnectionSettings,
  { end }: GeneratedRequests,
  isWanted: (name: string) => boolean,
): Promise<void> {
  await deploySchema({
    admin: login,
    migrations: repositoryMigrations().filter(({ name }) => isWanted(name)),
    logins: 'iam',
    month: monthOf(new Date(end)),
  });
}

async function fill(
  client: Client,
  stock: GeneratedRequests,
  onProgress: MeasureDatabaseProps['onProgress'],
): Promise<void> {
  const { start, end, total } = stock;
  await createPartitions(client, monthOf(new Date(start)), monthOf(new Date(end)));
  await insertUsersAndPrices(client, stock);
  for (let done = 0; done < total; done += CHUNK) {
    onProgress(done, total);
    await insertGenerated(client, stock, done, Math.min(done + CHUNK, total));
  }
  onProgress(total, total);
}

function minuteLoad(): number {
  return loadavg()[0] ?? Number.NaN;
}
