#!/usr/bin/env node
/** `npm run bench:pooler`: clients with the seed's pools, through PgBouncer and straight to PostgreSQL. */
import { join } from 'node:path';
import { withConnection } from '../lambda/database/connection/connect';
import { deploySchema } from '../lambda/database/migrator/deploy-schema';
import { readMigrations } from '../lambda/database/migrator/migration-files';
import { monthOf } from '../lambda/database/partitions/month';
import { pgBouncerLimits } from '../lib/config/connection-budget';
import { loadEnvironment } from '../lib/config/resolve-config';
import { expectedLines, parseOptions, run, type Terminal, UsageError } from './cli/command';
import { progressBar } from './cli/progress-bar';
import { withPgBouncer } from './db/bench/pgbouncer';
import { measureClients, type PoolFigures } from './db/bench/pool-bench';
import { freePort, withTemporaryDatabase } from './db/bench/temporary-database';
import { seedDemo } from './db/demo-data';

const HELP = `Compares clients that reach PostgreSQL through PgBouncer with clients that reach it directly: throughput, times,
refused connections. Clients have the pools of API replicas (20 connections each), PgBouncer and the server the limits
of an environment's configuration. All of it runs on this machine, which the clients load too.

Usage: npm run bench:pooler -- [options]

  --env <name>       environment whose limits count (default: prod)
  --clients <list>   numbers of clients (default: 50,100,250,500,1000)
  --seconds <number> length of each measurement (default: 10)
  --json             print the figures as JSON
  --help             print this

Exit code: 0 measured.`;

const REQUESTS = 50_000;
const MIGRATIONS = join(__dirname, '..', 'lambda', 'database', 'migrations');

interface Figures {
  readonly way: 'direct' | 'pgbouncer';
  readonly figures: readonly PoolFigures[];
}

/** @returns exit code */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const options = parseOptions(argv, {
      env: { type: 'string', default: 'prod' },
      clients: { type: 'string', default: '50,100,250,500,1000' },
      seconds: { type: 'string', default: '10' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    });
    if (options.help) {
      terminal.print(HELP);
      return 0;
    }
    const clients = options.clients.split(',').map((text) => positive('clients', text));
    const figures = await measure(options.env, clients, positive('seconds', options.seconds));
    terminal.print(options.json ? JSON.stringify(figures, null, 2) : figures.map(textOf).join('\n'));
    return 0;
  } catch (error) {
    for (const line of expectedLines(error)) terminal.printError(line);
    return 1;
  }
}

async function measure(environment: string, clients: readonly number[], seconds: number): Promise<Figures[]> {
  const { database } = loadEnvironment(environment);
  const parameters = { max_connections: String(database.maxConnections), shared_buffers: '512MB' };
  return withTemporaryDatabase(parameters, async ({ apiLogin, folder, login }) => {
    await deploySchema({
      admin: login,
      migrations: readMigrations(MIGRATIONS),
      api: apiLogin,
      month: monthOf(new Date()),
    });
    return withConnection(login, async (watcher) => {
      await seedDemo(watcher, folder, REQUESTS, new Date(), progressBar(process.stderr, 'requests'));
      const countConnections = async () => {
        const { rows } = await watcher.query(
          'SELECT count(*)::int AS number FROM pg_stat_activity WHERE usename = $1',
          [apiLogin.user],
        );
        return rows[0].number;
      };
      const through = async (port: number) => {
        const address = { ...apiLogin, port, password: await apiLogin.password() };
        const figures: PoolFigures[] = [];
        for (const number of clients) {
          figures.push(await measureClients(address, database.clientPool, number, seconds, countConnections));
        }
        return figures;
      };
      const direct = await through(apiLogin.port);
      const port = await freePort();
      const props = {
        folder,
        port,
        server: apiLogin,
        limits: pgBouncerLimits({ database }),
        queryWaitSeconds: database.clientPool.connectionTimeoutSeconds,
      };
      const pooled = await withPgBouncer(props, () => through(port));
      return [
        { way: 'direct', figures: direct },
        { way: 'pgbouncer', figures: pooled },
      ];
    });
  });
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 10_000) {
    throw new UsageError(`--${name} must be made of whole numbers from 1 to 10000, got ${text}`);
  }
  return value;
}

function textOf({ way, figures }: Figures): string {
  const head = [
    'clients',
    'pools',
    'queries/s',
    'p50 ms',
    'p95 ms',
    'p99 ms',
    'refused',
    'failed',
    'connections',
  ];
  const lines = figures.map((one) => [
    String(one.clients),
    String(one.pools),
    one.queriesPerSecond.toFixed(0),
    one.p50Ms.toFixed(1),
    one.p95Ms.toFixed(1),
    one.p99Ms.toFixed(1),
    String(one.refused),
    String(Object.values(one.failures).reduce((sum, number) => sum + number, 0)),
    String(one.serverConnections),
  ]);
  const failures = figures.flatMap((one) => Object.keys(one.failures));
  return [
    way === 'direct' ? 'Straight to PostgreSQL' : 'Through PgBouncer',
    ...[head, ...lines].map((line) => line.map((cell) => cell.padStart(12)).join('')),
    ...[...new Set(failures)].map((failure) => `  failed: ${failure}`),
  ].join('\n');
}

if (require.main === module) run(main);
