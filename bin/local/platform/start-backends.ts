import { join } from 'node:path';
import { buildService } from '../../build-service/build-service';
import { type LocalCache, startCache } from './cache/local-cache';
import { type LocalDatabase, startDatabase } from './database/local-database';
import { type LocalPooler, startPooler } from './database/local-pooler';
import { type CalledProvider, startProvider } from './local-provider';
import type { StartTools } from './start-tools';

/** What the servers need to start. */
export interface Backends {
  readonly provider: CalledProvider;
  readonly database: LocalDatabase;
  /** Null: each API process has a cache of its own only. */
  readonly cache: LocalCache | null;
  /** PgBouncer; null: the servers reach PostgreSQL directly. */
  readonly pooler: LocalPooler | null;
}

/** Starts all that the servers use, and bundles the servers meanwhile. @throws UsageError where a part does not start */
export async function startBackends(tools: StartTools): Promise<Backends> {
  const [provider, database, cache] = await allSettled([
    startProvider(tools),
    startPostgres(tools),
    startCache(tools),
    buildService(join(tools.props.folder, 'program')),
  ]);
  const pooler = await startPooler(tools, database.logins);
  return { provider, database, cache, pooler };
}

/** Waits for all though one fails, so that a part that starts late is known when the platform ends. @throws a failure */
async function allSettled<T extends readonly [unknown, ...unknown[]]>(work: T) {
  await Promise.allSettled(work);
  return Promise.all(work);
}

function startPostgres({ props, ports, owner, processes }: StartTools): Promise<LocalDatabase> {
  const { folder, parameters = {}, searchPath, now, signal } = props;
  return startDatabase({
    ...{ folder, parameters, searchPath, now, signal },
    port: () => ports.of('database'),
    onServer: ({ postgres }) => {
      processes.postgres = postgres;
      owner.watch(postgres.pid, 'SIGINT');
    },
  });
}
