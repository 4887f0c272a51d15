import { join } from 'node:path';
import type { Client } from 'pg';
import { deploySchema } from '../../../lambda/database/migrator/deploy-schema';
import { monthOf } from '../../../lambda/database/partitions/month';
import { pgBouncerLimits } from '../../../lib/config/connection-budget';
import type { ResolvedConfig } from '../../../lib/config/environment-config';
import { withConnection } from '../../../service/database/connect';
import { UsageError } from '../../cli/command';
import { seedDemo } from '../../db/demo-data';
import { repositoryMigrations } from '../../db/repository-migrations';
import { freePort, type TemporaryDatabase, withTemporaryDatabase } from '../../db/temporary-database';
import { pgBouncer, pgBouncerProgram } from '../../local/pgbouncer';
import { measureClients, type PoolFigures } from './measure-clients';

/** Requests in the table that the clients query. */
const REQUESTS = 50_000;

export interface MeasurePoolerProps {
  /** Numbers of clients, each a measurement. */
  readonly clients: readonly number[];
  /** Length of a measurement, seconds. */
  readonly seconds: number;
  /** Settings of the environment whose limits apply. */
  readonly database: ResolvedConfig['database'];
  /** `PATH` of the caller's environment, for PostgreSQL and PgBouncer. */
  readonly searchPath: string | undefined;
  /** Time of the last demo request. */
  readonly now: Date;
  /** Called with the number of demo requests in the database and their total. */
  readonly onProgress: (done: number, total: number) => void;
}

/** What clients measured on one route to the database; `--json` prints a list of these. */
export interface RouteFigures {
  /** How clients reach the server. */
  readonly way: 'direct' | 'pgbouncer';
  /** A row for each number of clients. */
  readonly figures: readonly PoolFigures[];
}

/** Measures both routes, one after the other, on a database of its own. */
export function measurePooler(props: MeasurePoolerProps): Promise<RouteFigures[]> {
  const { database, now, onProgress, searchPath } = props;
  const parameters = { max_connections: String(database.maxConnections), shared_buffers: '512MB' };
  return withTemporaryDatabase({ parameters, searchPath }, async (temporary) => {
    const { apiLogin, folder, login } = temporary;
    await deploySchema({
      admin: login,
      migrations: repositoryMigrations(),
      logins: [apiLogin],
      month: monthOf(now),
    });
    return withConnection(login, async (watcher) => {
      await seedDemo(watcher, { folder, requests: REQUESTS, now, onProgress });
      return measureRoutes(temporary, watcher, props);
    });
  });
}

async function measureRoutes(
  { apiLogin, folder }: TemporaryDatabase,
  watcher: Client,
  { clients, seconds, database, searchPath }: MeasurePoolerProps,
): Promise<RouteFigures[]> {
  const password = await apiLogin.password();
  const through = async (port: number) => {
    const figures: PoolFigures[] = [];
    for (const number of clients) {
      figures.push(
        await measureClients({
          address: { ...apiLogin, port, password },
          pool: database.clientPool,
          clients: number,
          seconds,
          countConnections: () => countConnections(watcher, apiLogin.user),
        }),
      );
    }
    return figures;
  };
  const program = pgBouncerProgram(searchPath);
  if (program === undefined) {
    throw new UsageError(
      'PgBouncer is not installed: run .ci/install-servers, or install the package pgbouncer',
    );
  }
  const direct = await through(apiLogin.port);
  const port = await freePort();
  const bouncer = pgBouncer({
    ...{ program, folder, port, server: apiLogin, users: { [apiLogin.user]: password } },
    ...{ limits: pgBouncerLimits({ database }), logFile: join(folder, 'pgbouncer.log') },
    queryWaitSeconds: database.clientPool.connectionTimeoutSeconds,
  });
  let pooled: PoolFigures[];
  try {
    await bouncer.start();
    pooled = await through(port);
  } finally {
    await bouncer.end('SIGQUIT');
  }
  return [
    { way: 'direct', figures: direct },
    { way: 'pgbouncer', figures: pooled },
  ];
}

/** Connections that the server has of a user. */
async function countConnections(watcher: Client, user: string): Promise<number> {
  const { rows } = await watcher.query(
    'SELECT count(*)::int AS number FROM pg_stat_activity WHERE usename = $1',
    [user],
  );
  return rows[0].number;
}
