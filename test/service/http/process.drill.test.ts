import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildService } from '../../../bin/build-service/build-service';
import { clientDatabase } from '../../../bin/db/client-database';
import { createKey } from '../../../service/access/keys';
import type { Environment } from '../../../service/config';
import { describeWithServers, freePort, until } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import { call, record, serviceDatabase, serviceEnvironment } from './test-service';

const DEFAULT_PROJECT = '00000000-0000-7000-8000-000000000001';

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly metricsUrl: string;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

describeWithServers('the bundled server', DATABASE_PROGRAMS, () => {
  let folder: string;
  let server: TestServer;
  let database: string;
  let key: string;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'service-'));
    await buildService(folder);
    server = await TestServer.start();
    database = await serviceDatabase(server);
    key = await server.with(database, async (client) => {
      const props = { database: clientDatabase(client), now: () => new Date() };
      const change = { projectId: DEFAULT_PROJECT, name: 'test', roles: ['ingest'] } as const;
      return (await createKey(props, change, 'test')).secret;
    });
  });

  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await server?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(kind: 'api' | 'admin', changes: Environment = {}): Promise<Running> {
    const [port, metricsPort] = [await freePort(), await freePort()];
    const ports = { PORT: String(port), METRICS_PORT: String(metricsPort) };
    const environment = { ...serviceEnvironment(server, database, 'llm_cost_ops_api'), ...ports, ...changes };
    // Outside the repository, so that no node_modules is found.
    const child = spawn(process.execPath, [`${kind}.js`], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...environment } as NodeJS.ProcessEnv,
    });
    children.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        output += chunk;
      });
    }
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const url = `http://127.0.0.1:${port}`;
    return { child, url, metricsUrl: `http://127.0.0.1:${metricsPort}`, output: () => output, ended };
  }

  const whenReady = (running: Running) =>
    until(async () => {
      const { status } = await call(running, 'GET /ready');
      if (status !== 200) throw new Error(running.output());
    });

  test('ends with code 1 and every problem of its variables', async () => {
    const running = await start('api', { PORT: 'x', DB_POOL_MAX: '' });
    expect(await running.ended).toBe(1);
    expect(running.output()).toContain(
      'environment variable PORT must be a whole number from 0 to 65535, got "x"',
    );
    expect(running.output()).toContain('environment variable DB_POOL_MAX must be');
  });

  test('answers /health without a database, is ready once the database answers, and stays ready without it', async () => {
    await server.stop('SIGINT');
    const running = await start('api');
    await until(() => call(running, 'GET /health'));
    expect(await call(running, 'GET /ready')).toMatchObject({ status: 503, body: { code: 'not_ready' } });
    const refused = await call(running, 'GET /api/v1/session', { key: `lco_${'a'.repeat(43)}` });
    expect(refused).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
    expect(refused.headers.get('retry-after')).toBe('2');
    await server.resume();
    await whenReady(running);
    await server.stop('SIGINT');
    expect(await call(running, 'GET /ready')).toMatchObject({ status: 200 });
    await server.resume();
    running.child.kill('SIGTERM');
    expect(await running.ended).toBe(0);
  });

  test('serves Prometheus on a port of its own', async () => {
    const running = await start('admin', {
      DATABASE_USER: 'llm_cost_ops_admin',
      DATABASE_WRITER_USER: 'llm_cost_ops_admin',
    });
    await whenReady(running);
    const page = await call({ url: running.metricsUrl }, 'GET /metrics');
    expect(page.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(page.text).toMatch(/http_requests_total\{route="\/ready",method="GET"\} [1-9]/);
    expect(page.text).toContain('http_request_duration_seconds_bucket{le="0.1"');
    expect(await call(running, 'GET /metrics')).toMatchObject({ status: 404 });
    running.child.kill('SIGTERM');
    expect(await running.ended).toBe(0);
  });

  test('after SIGTERM finishes what it has begun, closes connections, and ends with 0', async () => {
    const running = await start('api');
    await whenReady(running);
    // A request whose body is still on its way when the signal comes.
    const socket = connect(Number(new URL(running.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const body = JSON.stringify(record());
    const head = `Host: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json`;
    socket.write(`POST /api/v1/requests HTTP/1.1\r\n${head}\r\nContent-Length: ${body.length}\r\n\r\n{`);
    // The server has read the head when it counts the request.
    await until(async () => {
      const { text } = await call({ url: running.metricsUrl }, 'GET /metrics');
      if (!text.includes('{route="/api/v1/requests",method="POST"} 1')) throw new Error('not yet');
    });
    running.child.kill('SIGTERM');
    await until(async () => {
      if (!running.output().includes('the server ends')) throw new Error('not yet');
    });
    socket.write(body.slice(1));
    await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 201/);
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(await running.ended).toBe(0);
  });

  test('ends at once after a second signal', async () => {
    const running = await start('api');
    await whenReady(running);
    const socket = connect(Number(new URL(running.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('POST /api/v1/requests HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n');
    await until(async () => call(running, 'GET /health'));
    running.child.kill('SIGTERM');
    await until(async () => {
      if (!running.output().includes('the server ends')) throw new Error('not yet');
    });
    running.child.kill('SIGTERM');
    expect(await running.ended).not.toBe(0);
    socket.destroy();
  });
});
