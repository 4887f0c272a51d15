import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { settingsOf } from '../../../k8s/charts/settings';
import { migrate } from '../../../lambda/database/migrator/migrate';
import { readMigrations } from '../../../lambda/database/migrator/migration-files';
import { createPartitions } from '../../../lambda/database/partitions/create-partitions';
import { monthOf } from '../../../lambda/database/partitions/month';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { createKey, type KeyChange } from '../../../service/access/keys';
import { createProject } from '../../../service/access/projects';
import { startAdmin } from '../../../service/admin';
import { startApi } from '../../../service/api';
import { type Environment, readConfig } from '../../../service/config';
import { openService, type ServiceParts } from '../../../service/runtime/open-service';
import type { RunningServer } from '../../../service/runtime/run-server';
import { createLogger } from '../../../service/telemetry/logger';
import { ROOT } from '../../helpers/commands';
import { until } from '../../helpers/servers';
import type { TestServer } from '../../lambda/database/postgres';

/** A server of the service in this process, with the database users of the cloud. */
export interface TestService extends RunningServer {
  readonly parts: ServiceParts;
  readonly url: string;
  /** Log lines so far. */
  readonly logs: () => string;
}

/** Variables that the charts render for dev, with a local database instead of the deployed one. */
export function serviceEnvironment(server: TestServer, database: string, user: string): Environment {
  return {
    ...settingsOf(loadEnvironment('dev')),
    PORT: '0',
    METRICS_PORT: '0',
    HOSTNAME: `pod-${user}`,
    LOG_LEVEL: 'debug',
    DATABASE_HOST: server.folder,
    DATABASE_PORT: String(server.port),
    DATABASE_NAME: database,
    DATABASE_USER: user,
    DATABASE_WRITER_USER: user === 'llm_cost_ops_api' ? 'llm_cost_ops_writer' : user,
    DATABASE_AUTHENTICATION: 'password',
    DATABASE_SECRET_ARN: '',
    DATABASE_SSLMODE: 'disable',
    DATABASE_READER_HOSTS: '',
    CACHE_HOST: '',
    AWS_EMF_ENVIRONMENT: '',
    FIRST_ADMIN_KEY_SECRET_ARN: '',
    GATEWAY_JOURNAL_FOLDER: join(server.folder, `journal-${randomUUID()}`),
  };
}

/** A database with the schema and partitions around now. */
export async function serviceDatabase(server: TestServer): Promise<string> {
  const name = await server.createDatabase();
  await server.with(name, async (client) => {
    await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    await migrate(client, readMigrations(join(ROOT, 'lambda/database/migrations')));
    const month = monthOf(new Date());
    await createPartitions(client, month - 1, month + 1);
  });
  return name;
}

/** Starts a server and waits until it is ready. */
export async function startService(
  kind: 'api' | 'admin',
  environment: Environment,
  now: () => Date = () => new Date(),
): Promise<TestService> {
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  const config = readConfig(environment);
  const logger = createLogger({ level: config.logLevel, pod: config.podName, destination });
  // The test shares this process: while its files compile, or the machine stalls, no request may be refused.
  const parts = {
    ...openService({ kind, config, logger, now }),
    maxEventLoopDelayMs: Number.POSITIVE_INFINITY,
  };
  const running = await (kind === 'api' ? startApi(parts) : startAdmin(parts));
  const url = `http://127.0.0.1:${running.port}`;
  await until(async () => {
    const { status } = await fetch(`${url}/ready`);
    if (status !== 200) throw new Error(`/ready answers ${status}: ${lines.slice(-3).join('')}`);
  });
  return { ...running, parts, url, logs: () => lines.join('') };
}

/** Makes a project and a key of it that may do everything. */
export async function projectKey(
  { parts: { access } }: TestService,
  name: string,
  change: Partial<KeyChange> = {},
): Promise<{ readonly project: string; readonly key: string; readonly keyId: string }> {
  const { id } = await createProject(access, { name }, 'test');
  const roles = ['ingest', 'read', 'admin'] as const;
  const { key, secret } = await createKey(access, { projectId: id, name, roles, ...change }, 'test');
  return { project: id, key: secret, keyId: key.id };
}

/** Makes a key of the organisation. */
export async function organisationKey({ parts: { access } }: TestService): Promise<string> {
  const change: KeyChange = { projectId: null, name: 'organisation', roles: ['read', 'admin'] };
  return (await createKey(access, change, 'test')).secret;
}

/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  readonly body: any;
}

/** What a test sends. */
export interface Call {
  readonly key?: string;
  /** JSON, or text with a content type of its own. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a request such as `GET /api/v1/requests`. */
export async function call(
  { url }: Pick<TestService, 'url'>,
  route: string,
  options: Call = {},
): Promise<Answer> {
  const [method, path] = route.split(' ');
  const { key, body, headers } = options;
  const isText = typeof body === 'string';
  const response = await fetch(`${url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && !isText && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : isText ? body : JSON.stringify(body),
  });
  const isEndless = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const text = isEndless ? await firstPart(response) : await response.text();
  const isJson =
    /json/.test(response.headers.get('content-type') ?? '') &&
    !/ndjson/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== '' ? JSON.parse(text) : undefined,
  };
}

/** First part of a stream that has no end of its own; the caller then leaves. */
async function firstPart({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return new TextDecoder().decode(value);
}

/** Sends a request again while the server is busy: a slow machine makes its event loop late, which is a 503. */
export function callWhenFree(...request: Parameters<typeof call>): Promise<Answer> {
  return until(async () => {
    const answer = await call(...request);
    if (answer.status === 503) throw new Error(`the server is busy: ${answer.text}`);
    return answer;
  });
}

/** A record that is priced by the built-in prices. */
export function record(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    user: 'ann',
    provider: 'openai',
    model: 'gpt-4o-mini',
    status: 'completed',
    latency_ms: 420,
    prompt: 'What is the capital of France?',
    tokens: { input: 1000, output: 200 },
    ...changes,
  };
}
