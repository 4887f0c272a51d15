#!/usr/bin/env node
/** `npm run bench:database`: the seed's queries, batches and roll-up on a million requests, measured. */
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { deploySchema } from '../lambda/database/migrator/deploy-schema';
import { readMigrations } from '../lambda/database/migrator/migration-files';
import { createPartitions } from '../lambda/database/partitions/create-partitions';
import { monthOf } from '../lambda/database/partitions/month';
import { expectedLines, parseOptions, run, type Terminal, UsageError } from './cli/command';
import { progressBar } from './cli/progress-bar';
import { type InsertRates, timeInserts } from './db/bench/insert-bench';
import {
  type PageTimes,
  type QueryTimes,
  timeDailyCosts,
  timePages,
  timeQueries,
} from './db/bench/query-bench';
import { type RefreshTimes, timeRefresh } from './db/bench/refresh-bench';
import { withConnections, withTemporaryDatabase } from './db/bench/temporary-database';
import { type GeneratedRequests, insertGenerated, insertUsersAndPrices } from './db/generated-requests';

const HELP = `Measures the seed's queries with and without their indexes, pages by cursor and by OFFSET, batch against
row-by-row inserts, and readers during a refresh of the roll-up, on a PostgreSQL of its own with durable writes.

Usage: npm run bench:database -- [options]

  --rows <number>  requests in the table, at least 10000 (default: 1000000)
  --json           print the figures as JSON
  --help           print this

Needs some 1.5 GB of disk a million rows. Exit code: 0 measured.`;

const DEFAULT_ROWS = '1000000';
const INSERT_ROWS = 100_000;
const CHUNK = 20_000;
const MIGRATIONS = join(__dirname, '..', 'lambda', 'database', 'migrations');

/** A quarter of an r8g.large's, which RDS would give, is more than a laptop spares. */
const PARAMETERS = { shared_buffers: '1GB', max_wal_size: '4GB', maintenance_work_mem: '256MB' };

interface Figures {
  readonly rows: number;
  /** Load averages of the last minute before and after: what else the machine does makes everything slower. */
  readonly loads: readonly number[];
  readonly queries: readonly QueryTimes[];
  readonly pages: PageTimes;
  readonly inserts: InsertRates;
  readonly refresh: RefreshTimes;
}

/** @returns exit code */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const options = parseOptions(argv, {
      rows: { type: 'string', default: DEFAULT_ROWS },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    });
    if (options.help) {
      terminal.print(HELP);
      return 0;
    }
    const rows = Number(options.rows);
    if (!Number.isInteger(rows) || rows < 10_000) {
      throw new UsageError(`--rows must be a whole number of at least 10000, got ${options.rows}`);
    }
    const before = loadavg()[0] ?? Number.NaN;
    const measured = await measure(rows);
    const figures = { ...measured, loads: [before, loadavg()[0] ?? Number.NaN] };
    terminal.print(options.json ? JSON.stringify(figures, null, 2) : textOf(figures));
    return 0;
  } catch (error) {
    for (const line of expectedLines(error)) terminal.printError(line);
    return 1;
  }
}

function measure(rows: number): Promise<Omit<Figures, 'loads'>> {
  const stock: GeneratedRequests = {
    total: rows,
    users: 1000,
    start: '2026-08-01T00:00:00Z',
    end: '2026-11-01T00:00:00Z',
  };
  const migrations = readMigrations(MIGRATIONS);
  const month = monthOf(new Date(stock.end));
  return withTemporaryDatabase(PARAMETERS, ({ login }) =>
    withConnections(login, 3, async (client, reader, watcher) => {
      const deploy = (names: (name: string) => boolean) =>
        deploySchema({
          admin: login,
          migrations: migrations.filter(({ name }) => names(name)),
          api: 'iam',
          month,
        });
      await deploy((name) => name < '0004');
      await createPartitions(client, monthOf(new Date(stock.start)), month);
      await insertUsersAndPrices(client, stock);
      const progress = progressBar(process.stderr, 'requests');
      for (let done = 0; done < rows; done += CHUNK) {
        progress(done, rows);
        await insertGenerated(client, stock, done, Math.min(done + CHUNK, rows));
      }
      progress(rows, rows);
      await client.query('VACUUM ANALYZE llm_requests');
      const without = await timeQueries(client, stock);
      await deploy(() => true);
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
        refresh: await timeRefresh(client, reader, watcher, stock),
        inserts: await timeInserts([client, reader], INSERT_ROWS, stock.end),
      };
    }),
  );
}

function textOf({ loads, rows, queries, pages, inserts, refresh }: Figures): string {
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  const rate = (value: number) => `${Math.round(value).toLocaleString('en')} rows/s`;
  return [
    `On ${rows.toLocaleString('en')} requests; ${availableParallelism()} cores, load average before and after ${loads.map((load) => load.toFixed(1)).join(', ')}`,
    ...queries.map(
      ({ query, withoutIndexMs, withIndexMs }) =>
        `  ${query.padEnd(52)} ${ms(withoutIndexMs).padStart(12)} -> ${ms(withIndexMs).padStart(10)}  (x${(withoutIndexMs / withIndexMs).toFixed(0)})`,
    ),
    'Pages of a history',
    `  page 1 ${ms(pages.firstMs)}; page ${pages.page} by cursor ${ms(pages.keysetMs)} (x${(pages.keysetMs / pages.firstMs).toFixed(2)}), by OFFSET ${ms(pages.offsetMs)} (x${(pages.offsetMs / pages.firstMs).toFixed(0)})`,
    'Inserts, all indexes in place',
    `  ${inserts.writers} writers, batches of ${inserts.batchRows}: ${rate(inserts.batchRowsPerSecond)}; row by row: ${rate(inserts.singleRowsPerSecond)} (x${(inserts.batchRowsPerSecond / inserts.singleRowsPerSecond).toFixed(0)})`,
    'Refresh of the roll-up',
    `  ${(refresh.refreshMs / 1000).toFixed(1)} s for ${refresh.rows.toLocaleString('en')} rows; a reader meanwhile: ${refresh.reads} reads, p50 ${ms(refresh.readP50Ms)}, p99 ${ms(refresh.readP99Ms)}, max ${ms(refresh.readMaxMs)}; waited for a lock: ${ms(refresh.lockWaitMs)}`,
  ].join('\n');
}

if (require.main === module) run(main);
