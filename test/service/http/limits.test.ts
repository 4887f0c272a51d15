import { type ClientRequest, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describeWithServers, until } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import {
  call,
  callWhenFree,
  projectKey,
  record,
  serviceDatabase,
  serviceEnvironment,
  startService,
  type TestService,
} from './test-service';

describeWithServers('limits of the server', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let service: TestService;
  let key: string;

  beforeAll(async () => {
    server = await TestServer.start();
    const database = await serviceDatabase(server);
    service = await startService('api', {
      ...serviceEnvironment(server, database, 'llm_cost_ops_api'),
      DB_POOL_MAX: '1',
      DB_POOL_MIN: '0',
      DB_WRITE_POOL_MAX: '1',
    });
    ({ key } = await projectKey(service, 'limits'));
  });

  afterAll(async () => {
    await service?.close();
    await server?.remove();
  });

  const jsonLines = { 'content-type': 'application/x-ndjson' };

  test('1,000 records are stored, 1,001 are refused', async () => {
    const lines = Array.from({ length: 1001 }, () => JSON.stringify(record({ prompt: undefined })));
    const stored = await callWhenFree(service, 'POST /api/v1/requests', {
      key,
      body: lines.slice(1).join('\n'),
      headers: jsonLines,
    });
    expect(stored).toMatchObject({ status: 201, body: { accepted: 1000 } });
    expect(
      await callWhenFree(service, 'POST /api/v1/requests', {
        key,
        body: lines.join('\n'),
        headers: jsonLines,
      }),
    ).toMatchObject({ status: 413, body: { code: 'too_many_records' } });
  });

  test('millions of short lines are refused before they are read', async () => {
    const answer = await callWhenFree(service, 'POST /api/v1/requests', {
      key,
      body: 'x\n'.repeat(2_500_000),
      headers: jsonLines,
    });
    expect(answer).toMatchObject({ status: 413, body: { code: 'too_many_records' } });
  });

  test.each([
    ['application/json', `[${'{},'.repeat(1_600_000)}{}]`],
    ['application/x-ndjson', `[${'{},'.repeat(1_600_000)}{}]`],
  ])('a body of millions of values is refused before it is parsed (%s)', async (type, body) => {
    const headers = { 'content-type': type };
    expect(await callWhenFree(service, 'POST /api/v1/requests', { key, body, headers })).toMatchObject({
      status: 413,
      body: { code: 'body_too_large' },
    });
  });

  test('1,000 records with long prompts full of commas and quotes are no such body', async () => {
    const prompt = '{"a": [1, 2, 3], "b": "\\\\"}, '.repeat(100);
    const body = Array.from({ length: 1000 }, () => record({ prompt }));
    const answer = await callWhenFree(service, 'POST /api/v1/requests', { key, body });
    expect(answer).toMatchObject({ status: 201, body: { accepted: 1000 } });
  });

  test('a body above 5 MB is refused, also where it is small as gzip', async () => {
    const body = JSON.stringify([record({ prompt: 'x'.repeat(5.1 * 1024 * 1024) })]);
    expect(
      await callWhenFree(service, 'POST /api/v1/requests', {
        key,
        body,
        headers: { 'content-type': 'application/json' },
      }),
    ).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
    const packed = gzipSync(body);
    const status = await new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'content-length': packed.length,
      };
      const sent = request(`${service.url}/api/v1/requests`, { method: 'POST', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.on('error', reject);
      sent.end(packed);
    });
    expect(status).toBe(413);
  });

  test('a compressed body is stored', async () => {
    const response = await fetch(`${service.url}/api/v1/requests`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      body: gzipSync(JSON.stringify([record()])),
    });
    expect(response.status).toBe(201);
  });

  test('more bodies at once than the memory holds get 503 with Retry-After, and room when others leave', async () => {
    const size = 5_000_000;
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/x-ndjson',
      'content-length': size,
    };
    const slow: ClientRequest[] = [];
    let ended = false;
    // A body that is refused because the one below came between is sent again.
    const sendSlowly = (index: number) => {
      const sent = request(`${service.url}/api/v1/requests`, { method: 'POST', headers });
      sent.on('error', () => undefined);
      sent.once('response', () => sent.destroy());
      sent.once('close', () => ended || sendSlowly(index));
      sent.write(Buffer.alloc(size - 1, 'x'));
      slow[index] = sent;
    };
    for (let index = 0; index < 12; index += 1) sendSlowly(index);
    const body = [record({ prompt: 'x'.repeat(4_900_000) })];
    const refused = await until(async () => {
      const answer = await call(service, 'POST /api/v1/requests', { key, body });
      if (answer.status !== 503) throw new Error('the slow bodies have not arrived');
      return answer;
    });
    expect(refused.body).toMatchObject({ code: 'overloaded' });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await call(service, 'POST /api/v1/requests', { key, body: [record()] })).toMatchObject({
      status: 201,
    });
    ended = true;
    for (const sent of slow) sent.destroy();
    await until(async () => {
      const { status } = await call(service, 'POST /api/v1/requests', { key, body });
      if (status !== 201) throw new Error(`still ${status}`);
    });
  });

  test('another body above 1 MB is refused', async () => {
    const body = { name: 'x'.repeat(1024 * 1024), roles: ['read'] };
    expect(await callWhenFree(service, 'POST /api/v1/keys', { key, body })).toMatchObject({ status: 413 });
  });

  test('headers above 16 KB are refused', async () => {
    const headers = { 'x-large': 'x'.repeat(17 * 1024) };
    expect((await call(service, 'GET /api/v1/session', { key, headers })).status).toBe(431);
  });

  test('the id of a request and its traceparent are kept, and made or left out where they are not valid', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const kept = await call(service, 'GET /nowhere', { headers: { 'x-request-id': 'abc-1', traceparent } });
    expect(kept.headers.get('x-request-id')).toBe('abc-1');
    expect(kept.headers.get('traceparent')).toBe(traceparent);
    expect(kept.body).toMatchObject({ status: 404, code: 'not_found', instance: 'abc-1' });
    const made = await call(service, 'GET /nowhere', {
      headers: { 'x-request-id': '<script>', traceparent: '00-0-0' },
    });
    expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.headers.get('traceparent')).toBeNull();
  });

  test('answers above 1 KB are compressed for those who ask', async () => {
    const answer = await call(service, 'GET /api/v1/openapi.json', {
      headers: { 'accept-encoding': 'gzip' },
    });
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(answer.body.openapi).toBe('3.1.0');
  });

  test('under pressure questions get 503 with Retry-After; records are stored, and /health answers', async () => {
    // One connection, held by a transaction: more than 25 callers for each connection wait for it.
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    // What the writer reads is in memory before.
    await call(service, 'POST /api/v1/requests', { key, body: record() });
    const holding = service.parts.database.reads.transaction(async () => held);
    await until(async () => {
      if (service.parts.database.reads.statistics.active === 0) throw new Error('not yet');
    });
    const callers = Array.from({ length: 120 }, () => call(service, 'GET /api/v1/requests', { key }));
    const health = await until(async () => {
      if (service.parts.waiting.reads() <= 25) throw new Error('not yet');
      return call(service, 'GET /health');
    });
    expect(health.status).toBe(200);
    const refused = await call(service, 'GET /api/v1/requests', { key });
    const stored = await call(service, 'POST /api/v1/requests', { key, body: record() });
    release();
    await holding;
    const statuses = (await Promise.all(callers)).map(({ status }) => status);
    expect(refused).toMatchObject({ status: 503, body: { code: 'overloaded' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(stored.status).toBe(201);
    expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
    expect(await call(service, 'GET /api/v1/requests', { key })).toMatchObject({ status: 200 });
  });

  test('a caller who leaves an export ends its statements', async () => {
    const abort = new AbortController();
    const response = await fetch(`${service.url}/api/v1/requests/export`, {
      headers: { authorization: `Bearer ${key}` },
      signal: abort.signal,
    });
    await response.body?.getReader().read();
    abort.abort();
    await until(async () => {
      if (service.parts.database.reads.statistics.active > 0) throw new Error('still reading');
    });
    expect((await call(service, 'GET /health')).status).toBe(200);
  });
});
