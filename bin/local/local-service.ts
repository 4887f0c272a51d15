import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsOf } from '../../k8s/charts/settings';
import { deploySchema } from '../../lambda/database/migrator/deploy-schema';
import { type Month, monthOf } from '../../lambda/database/partitions/month';
import { loadEnvironment } from '../../lib/config/resolve-config';
import { createKey } from '../../service/access/keys';
import { NODE_MEMORY } from '../../service/contract';
import { withConnection } from '../../service/database/connect';
import { buildService } from '../build-service/build-service';
import { clientDatabase } from '../db/client-database';
import { EmbeddedPostgres } from '../db/embedded-postgres';
import { DATABASE_NAME, type Logins, localLogin, writeLogins } from '../db/local-database';
import { repositoryMigrations } from '../db/repository-migrations';
import { freePort } from '../db/temporary-database';
import { ApiProcess } from './api-process';

/** The project that migrations make. */
const DEFAULT_PROJECT = '00000000-0000-7000-8000-000000000001';

/** The heap that a pod has. */
const NODE_OPTIONS = `--max-old-space-size=${NODE_MEMORY.oldSpace} --max-semi-space-size=${NODE_MEMORY.semiSpace}`;

/** PostgreSQL and API processes on loopback, in a temporary folder. */
export interface LocalService {
  readonly postgres: EmbeddedPostgres;
  /** Port of PostgreSQL. */
  readonly databasePort: number;
  /** The superuser's log-in. */
  readonly login: ReturnType<typeof localLogin>;
  readonly apis: readonly ApiProcess[];
  /** A key of the default project with the roles `ingest`, `read` and `gateway`. */
  readonly key: string;
  /** Folder of data and logs; removed at the end. */
  readonly folder: string;
}

export interface LocalServiceProps {
  /** Number of API processes. */
  readonly apis: number;
  /** Parameters of PostgreSQL that differ from its defaults, by name. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Environment variables of the API beside those that the charts render for dev. @default - none */
  readonly environment?: Readonly<Record<string, string>>;
  /** Earliest month that requests can have. */
  readonly oldestMonth: Month;
  /** `PATH` of the caller's environment, for the programs of PostgreSQL. */
  readonly searchPath: string | undefined;
  readonly now: () => Date;
  /** Ends the work early; everything is ended and removed then, too. */
  readonly signal: AbortSignal;
  /** Options of Node for the API processes. @default - none */
  readonly nodeOptions?: readonly string[];
  /** Called before the API processes start, with a database that has the schema. @default - nothing is done */
  readonly prepare?: (service: Omit<LocalService, 'apis' | 'key'>) => Promise<void>;
}

/** Lends a service of its own: PostgreSQL, schema, key, API processes. All of it is ended and removed afterwards. */
export async function withLocalService<T>(
  props: LocalServiceProps,
  use: (service: LocalService) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'local-service-'));
  // When root runs the command, PostgreSQL runs as another user.
  chmodSync(folder, 0o755);
  const postgres = new EmbeddedPostgres(join(folder, 'database'), props.searchPath);
  const apis: ApiProcess[] = [];
  try {
    const logins = await startDatabase(postgres, props);
    const login = localLogin(logins, 'postgres');
    const database = { postgres, databasePort: logins.port, login, folder };
    await untilAborted(props.signal, props.prepare?.(database));
    const key = await newKey(login, props.now);
    await buildService(folder);
    for (let number = 1; number <= props.apis; number += 1) {
      const api = new ApiProcess({
        name: `api-${number}`,
        entry: join(folder, 'api.js'),
        port: await freePort(),
        metricsPort: await freePort(),
        logFile: join(folder, `api-${number}.log`),
        environment: {
          ...apiEnvironment(logins, props),
          GATEWAY_JOURNAL_FOLDER: props.environment?.['GATEWAY_JOURNAL_FOLDER'] ?? join(folder, 'journal'),
        },
        nodeOptions: props.nodeOptions,
      });
      apis.push(api);
      await api.start();
    }
    return await untilAborted(props.signal, use({ ...database, apis, key }));
  } finally {
    await Promise.all(apis.map((api) => api.end('SIGKILL')));
    if (postgres.running) postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits for work, at most until a signal aborts; the work itself then fails with what it works on. */
function untilAborted<T>(signal: AbortSignal, work: T | Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([work, aborted]);
}

async function startDatabase(
  postgres: EmbeddedPostgres,
  { parameters, now, oldestMonth }: LocalServiceProps,
): Promise<Logins> {
  // One password for all users, because the API takes it from PGPASSWORD.
  const password = randomBytes(18).toString('base64url');
  const port = await freePort();
  mkdirSync(postgres.folder);
  postgres.create(password);
  postgres.start(port);
  const users = { postgres: password, api: password, writer: password, admin: password };
  const logins = writeLogins(postgres.folder, { port, ...users });
  await withConnection(localLogin(logins, 'postgres', 'postgres'), async (client) => {
    await client.query(`CREATE DATABASE ${DATABASE_NAME}`);
    for (const [name, value] of Object.entries(parameters)) {
      await client.query(`ALTER SYSTEM SET ${name} = '${value}'`);
    }
  });
  // Sizes of memory take effect at a start.
  postgres.stop();
  postgres.start(port);
  await deploySchema({
    admin: localLogin(logins, 'postgres'),
    migrations: repositoryMigrations(),
    logins: [localLogin(logins, 'api'), localLogin(logins, 'writer'), localLogin(logins, 'admin')],
    month: monthOf(now()),
    oldestMonth,
  });
  return logins;
}

/** What the charts render for dev, with the local database and the memory of a pod. */
function apiEnvironment(
  { port, api }: Logins,
  { environment, searchPath }: LocalServiceProps,
): Record<string, string | undefined> {
  return {
    ...settingsOf(loadEnvironment('dev')),
    PATH: searchPath,
    NODE_OPTIONS,
    LOG_LEVEL: 'warn',
    DATABASE_HOST: '127.0.0.1',
    DATABASE_PORT: String(port),
    DATABASE_NAME,
    DATABASE_AUTHENTICATION: 'password',
    DATABASE_SSLMODE: 'disable',
    PGPASSWORD: api,
    CACHE_HOST: '',
    AWS_EMF_ENVIRONMENT: '',
    ...environment,
  };
}

function newKey(login: LocalService['login'], now: () => Date): Promise<string> {
  return withConnection(login, async (client) => {
    const access = { database: clientDatabase(client), now };
    const change = {
      projectId: DEFAULT_PROJECT,
      name: 'local',
      roles: ['ingest', 'read', 'gateway'] as const,
    };
    return (await createKey(access, change, 'local')).secret;
  });
}
