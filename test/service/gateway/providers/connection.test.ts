import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { ProviderConnection, type ProviderRequest } from '../../../../service/gateway/providers/connection';
import { ProviderError } from '../../../../service/gateway/providers/provider';
import { ReceivedBody } from '../../../../service/gateway/providers/received-body';

const REQUEST: ProviderRequest = {
  ...{ path: '/', headers: {}, body: Buffer.from('{}'), firstByteMs: 10_000, silenceMs: 10_000 },
};
const MANY_BYTES = 32 * 1024 * 1024;

describe('an answer of a provider', () => {
  let server: Server;
  let connection: ProviderConnection;
  let answer: (response: ServerResponse) => void;
  let closed: Promise<void>;
  const never = new AbortController().signal;

  beforeEach(async () => {
    server = createServer((request, response) => {
      request.resume();
      closed = new Promise((resolve) => response.once('close', resolve));
      answer(response);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    connection = new ProviderConnection({ name: 'test', origin, maxConnections: 1, connectTimeoutMs: 5000 });
  });

  afterEach(async () => {
    await connection.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  test('has its status, its headers with one value each, and its bytes', async () => {
    answer = (response) => {
      response.writeHead(201, { 'X-Two': ['one', 'two'] });
      response.end('whole');
    };
    const { status, headers, body } = await connection.post(REQUEST, never);
    expect([status, headers['x-two']]).toEqual([201, 'two']);
    expect((await body.readWhole(5)).toString()).toBe('whole');
  });

  test('comes after one that only says so', async () => {
    answer = (response) => {
      response.writeProcessing();
      response.end('whole');
    };
    expect((await connection.post(REQUEST, never)).status).toBe(200);
  });

  test('leaves the connection to the next one when it is complete, whoever reads it', async () => {
    answer = (response) => response.end('whole');
    const first = await connection.post(REQUEST, never);
    const second = await connection.post(REQUEST, never);
    expect((await first.body.readWhole(9)).toString() + (await second.body.readWhole(9))).toBe('wholewhole');
  });

  test('fails where it breaks off, after the bytes that came', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('part', () => response.destroy());
    };
    const { body } = await connection.post(REQUEST, never);
    const seen: string[] = [];
    const read = async () => {
      for await (const chunk of body) seen.push(Buffer.from(chunk).toString());
    };
    await expect(read()).rejects.toMatchObject({ name: 'ProviderError', kind: 'reset' });
    expect(seen).toEqual(['part']);
  });

  test('fails where nothing listens, and where it is late or falls silent', async () => {
    const late = { ...REQUEST, firstByteMs: 1, silenceMs: 1 };
    answer = () => undefined;
    await expect(connection.post(late, never)).rejects.toMatchObject({ kind: 'timeout' });
    answer = (response) => response.write('part');
    const { body } = await connection.post(late, never);
    await expect(body.readWhole(99)).rejects.toMatchObject({ kind: 'timeout' });
    const nowhere = new ProviderConnection({
      ...{ name: 'test', origin: 'http://127.0.0.1:1', maxConnections: 1, connectTimeoutMs: 5000 },
    });
    await expect(nowhere.post(REQUEST, never)).rejects.toMatchObject({ kind: 'connect' });
    await nowhere.close();
  });

  test('is refused where the whole is larger than the bound, and its connection closes', async () => {
    answer = (response) => response.write('x'.repeat(2000));
    const { body } = await connection.post(REQUEST, never);
    await expect(body.readWhole(1999)).rejects.toMatchObject({ kind: 'malformed' });
    await closed;
  });

  test.each(['before it begins', 'in its middle'])('ends with the signal %s', async (when) => {
    const end = new AbortController();
    const reason = new Error('too long');
    const arrived = new Promise<void>((resolve) => {
      answer = (response) => {
        if (when === 'in its middle') response.write('part');
        resolve();
      };
    });
    const asked = connection.post(REQUEST, end.signal);
    await arrived;
    const read = asked.then(({ body }) => body.readWhole(99));
    if (when === 'in its middle') await asked;
    end.abort(reason);
    await expect(read).rejects.toBe(reason);
    await closed;
  });

  test('does not begin for a signal that was aborted, also while it waits for a connection', async () => {
    const reason = new Error('left');
    await expect(connection.post(REQUEST, AbortSignal.abort(reason))).rejects.toBe(reason);
    let finish = () => undefined as unknown;
    let requests = 0;
    const arrived = new Promise<void>((resolve) => {
      answer = (response) => {
        requests += 1;
        finish = () => response.end('first');
        resolve();
      };
    });
    const first = connection.post(REQUEST, never);
    await arrived;
    const end = new AbortController();
    const waiting = connection.post(REQUEST, end.signal);
    end.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    finish();
    expect((await (await first).body.readWhole(9)).toString()).toBe('first');
    expect(requests).toBe(1);
  });

  test('closes its connection when it is cancelled, or its reader stops', async () => {
    answer = (response) => response.write('part');
    const { cancel } = await connection.post(REQUEST, never);
    cancel();
    await closed;
    const { body } = await connection.post(REQUEST, never);
    for await (const _ of body) break;
    await closed;
    expect(await body.next()).toEqual({ done: true, value: undefined });
  });

  test('waits for a slow reader: the provider cannot send all of it', async () => {
    let isSent = false;
    answer = (response) => {
      response.end(Buffer.alloc(MANY_BYTES), () => {
        isSent = true;
      });
    };
    const { body } = await connection.post(REQUEST, never);
    let [bytes, chunks, sentBefore] = [0, 0, false];
    for await (const chunk of body) {
      if (chunks === 0) {
        for (let count = 0; count < 1000; count += 1) await turn();
        sentBefore = isSent;
      }
      bytes += chunk.length;
      chunks += 1;
    }
    expect([sentBefore, bytes]).toEqual([false, MANY_BYTES]);
  });
});

test('whatever arrives is read in its order, in whichever way the reader and the source take turns', async () => {
  const steps = fc.array(
    fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.constantFrom('read', 'turn')),
  );
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), async (all, fails) => {
      const body = new ReceivedBody({
        pause: () => undefined,
        resume: () => undefined,
        cancel: () => undefined,
      });
      let ends = 0;
      body.onEnd(() => {
        ends += 1;
      });
      const got: Uint8Array[] = [];
      let read: Promise<void> | undefined;
      const readOnce = async () => {
        const { value } = await body.next();
        if (value !== undefined) got.push(value);
        read = undefined;
      };
      for (const step of all) {
        if (typeof step !== 'string') body.push(step);
        else if (step === 'read') read ??= readOnce();
        if (step === 'turn') await turn();
      }
      const error = new ProviderError('reset', 'it broke off');
      if (fails) body.fail(error);
      else body.end();
      const readAll = async () => {
        await read;
        for await (const chunk of body) got.push(chunk);
      };
      const failure = await readAll().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      const sent = all.filter((step) => typeof step !== 'string');
      expect([failure, ends]).toEqual([fails ? error : undefined, 1]);
      expect(Buffer.concat(got)).toEqual(Buffer.concat(sent));
    }),
    { numRuns: 200 },
  );
});

test('what arrives together is read together, also by a reader that waits for it', async () => {
  const body = new ReceivedBody({ pause: () => undefined, resume: () => undefined, cancel: () => undefined });
  const pushAll = (...texts: string[]) => {
    for (const text of texts) body.push(Buffer.from(text));
  };
  const read = body.next();
  pushAll('a', 'b', 'c');
  expect(Buffer.from((await read).value ?? []).toString()).toBe('abc');
  pushAll('d', 'e');
  body.end();
  expect(Buffer.from((await body.next()).value ?? []).toString()).toBe('de');
  expect((await body.next()).done).toBe(true);
});
