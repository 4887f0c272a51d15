import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readWhole } from '../../../service/gateway/answers/read-whole';
import { FORMATS } from '../../../service/gateway/formats/formats';
import { HttpProvider } from '../../../service/gateway/providers/http-provider';
import { ProviderKeys } from '../../../service/gateway/providers/provider-keys';
import type { Target } from '../../../service/gateway/upstream/model-routes';
import { Upstream, type UpstreamProps } from '../../../service/gateway/upstream/upstream';
import { SimulatedProvider } from '../../../service/local/simulated-provider';
import { freePort } from '../../helpers/servers';

const now = () => new Date();
const clock = () => performance.now();
const NEVER = new AbortController().signal;

describe('calls to providers', () => {
  let first: SimulatedProvider;
  let second: SimulatedProvider;
  const opened: Upstream[] = [];
  let events: string[];

  beforeEach(async () => {
    first = new SimulatedProvider({ now });
    second = new SimulatedProvider({ now });
    await Promise.all([first.listen(), second.listen()]);
    events = [];
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((upstream) => upstream.close()));
    await Promise.all([first.close(), second.close()]);
  });

  function upstream(changes: Partial<UpstreamProps> = {}, secret: () => string = () => '{}'): Upstream {
    const keys = new ProviderKeys({ read: async () => secret(), now, onError: () => undefined });
    const provider = (name: string, url: string) =>
      new HttpProvider({
        ...{ name, type: 'openai', baseUrl: `${url}/v1`, keys, maxConnections: 4, connectTimeoutMs: 1000 },
      });
    const made = new Upstream({
      providers: [provider('first', first.url), provider('second', second.url), provider('gone', goneUrl)],
      ...{ maxConnections: 4, maxQueued: 4, maxAttempts: 3, silenceTimeoutMs: 1000 },
      events: {
        failed: (name, kind) => events.push(`${name} ${kind}`),
        breakerChanged: (name, isOpen) => events.push(`${name} ${isOpen ? 'opens' : 'closes'}`),
        ended: () => undefined,
      },
      ...{ clock, now, random: () => 0 },
      ...changes,
    });
    opened.push(made);
    return made;
  }

  let goneUrl = '';
  beforeAll(async () => {
    goneUrl = `http://127.0.0.1:${await freePort()}`;
  });

  async function send(
    to: Upstream,
    targets: readonly [Target, ...Target[]],
    { deadlineMs = 10_000, left = NEVER }: { deadlineMs?: number; left?: AbortSignal } = {},
  ) {
    const body = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi.' }] };
    const call = {
      ...{ format: FORMATS['openai-chat'], body, bytes: Buffer.from(JSON.stringify(body)), stream: false },
      ...{ projectId: 'p', headers: {}, idempotencyKey: 'call-1', targets, left },
      deadlineMs: clock() + deadlineMs,
    };
    const answer = await to.send(call, NEVER);
    return { ...answer, text: (await readWhole(answer)).toString() };
  }

  const on = (provider: string, model = 'gpt-4o'): Target => ({ provider, model });

  test('are repeated with one idempotency key until the provider answers', async () => {
    first.planNext('error-500', 1);
    first.planNext('reset', 1);
    const answer = await send(upstream(), [on('first')]);
    expect(answer).toMatchObject({ status: 200, attempts: 3, target: on('first') });
    expect(events).toEqual(['first status_500', 'first provider_connection_lost']);
    expect(new Set(first.calls.newest.map(({ key }) => key))).toEqual(new Set(['call-1']));
  });

  test('are repeated after a page of HTML, which is no answer', async () => {
    first.planNext('rubbish', 2);
    const answer = await send(upstream(), [on('first')]);
    expect(answer).toMatchObject({ status: 200, attempts: 3 });
    expect(events).toEqual(['first provider_malformed', 'first provider_malformed']);
    first.planNext('rubbish', 3);
    await expect(send(upstream(), [on('first')])).rejects.toMatchObject({
      failure: { kind: 'provider', code: 'provider_malformed' },
    });
    expect(await send(upstream(), [on('first', 'gpt-4o-sim-rubbish'), on('second')])).toMatchObject({
      ...{ status: 200, target: on('second') },
    });
  });

  test('give the last error as it came where all attempts failed', async () => {
    const answer = await send(upstream(), [on('first', 'gpt-4o-sim-error-503')]);
    expect(answer).toMatchObject({ status: 503, attempts: 3 });
    expect(JSON.parse(answer.text)).toHaveProperty('error');
  });

  test.each([400, 401, 404, 422])('are not repeated where the provider refuses them (%i)', async (status) => {
    const answer = await send(upstream(), [on('first', `gpt-4o-sim-error-${status}`), on('second')]);
    expect(answer).toMatchObject({ status, attempts: 1, target: { provider: 'first' } });
    expect(second.calls.total).toBe(0);
  });

  test('go to the next model where the first fails, and tell which one answered', async () => {
    const answer = await send(upstream(), [
      on('gone'),
      on('first', 'gpt-4o-sim-error-500'),
      on('second', 'gpt-4o-mini'),
    ]);
    expect(answer).toMatchObject({ status: 200, target: on('second', 'gpt-4o-mini') });
    expect(JSON.parse(answer.text).model).toBe('gpt-4o-mini');
  });

  test('do not wait for a provider that asks for more than a few seconds', async () => {
    const model = 'gpt-4o-sim-error-429-retryafter-60';
    const answer = await send(upstream(), [on('first', model)]);
    expect(answer).toMatchObject({ status: 429, attempts: 1 });
    expect(answer.headers['retry-after']).toBe('60');
  });

  test('fail where no provider can be reached', async () => {
    await expect(send(upstream(), [on('gone')])).rejects.toMatchObject({
      failure: { kind: 'provider', code: 'provider_unreachable', target: on('gone') },
    });
  });

  test('end at their deadline', async () => {
    const failed = send(upstream(), [on('first', 'gpt-4o-sim-hang')], { deadlineMs: 300 });
    await expect(failed).rejects.toMatchObject({ failure: { kind: 'timeout', code: 'provider_timeout' } });
  });

  test('are refused at once while the breaker is open, and go to the next model meanwhile', async () => {
    const to = upstream({ maxAttempts: 1 });
    const model = 'gpt-4o-sim-error-500';
    for (let call = 0; call < 10; call += 1) await send(to, [on('first', model)]);
    expect(events.at(-2)).toBe('first opens');
    const total = first.calls.total;
    await expect(send(to, [on('first', model)])).rejects.toMatchObject({
      failure: { kind: 'overloaded', code: 'breaker_open' },
    });
    expect(await send(to, [on('first', model), on('second')])).toMatchObject({ target: on('second') });
    expect(first.calls.total).toBe(total);
    // Other models of the provider have breakers of their own.
    expect(await send(to, [on('first')])).toMatchObject({ status: 200 });
  });

  test('wait for a slot in a bounded queue; a caller who leaves the queue is gone', async () => {
    const to = upstream({ maxConnections: 1, maxQueued: 1 });
    const slow = send(to, [on('first', 'gpt-4o-sim-latency-300')]);
    const left = new AbortController();
    const waiting = send(to, [on('first')], { left: left.signal });
    await new Promise((resolve) => setImmediate(resolve));
    expect(to.inFlight).toBe(2);
    await expect(send(to, [on('first')])).rejects.toMatchObject({
      failure: { kind: 'overloaded', code: 'gateway_overloaded', retryAfterSeconds: 1 },
    });
    left.abort(new Error('the caller left'));
    await expect(waiting).rejects.toThrow('the caller left');
    await slow;
    expect(to.inFlight).toBe(0);
    expect(first.calls.total).toBe(1);
  });

  test('use a project’s own key, and read the keys again after a 401', async () => {
    const strict = new SimulatedProvider({ now, key: 'new' });
    await strict.listen();
    let secret = JSON.stringify({
      providers: { strict: 'old' },
      projects: { p: { first: 'of the project' } },
    });
    let time = Date.now();
    const keys = new ProviderKeys({
      ...{ read: async () => secret, now: () => new Date(time), onError: () => undefined },
    });
    expect(await keys.keyFor('first', 'p')).toBe('of the project');
    expect(await keys.keyFor('strict', 'p')).toBe('old');
    expect(await keys.keyFor('first', 'other')).toBeNull();
    const provider = new HttpProvider({
      ...{ name: 'strict', type: 'openai', baseUrl: `${strict.url}/v1`, keys, maxConnections: 1 },
      connectTimeoutMs: 1000,
    });
    const to = upstream({ providers: [provider] });
    expect(await send(to, [on('strict')])).toMatchObject({ status: 401 });
    secret = JSON.stringify({ providers: { strict: 'new' } });
    time += 6000;
    expect(await send(to, [on('strict')])).toMatchObject({ status: 200 });
    await strict.close();
  });

  test('carry the caller’s own headers for the provider, and the rest of what it asks for', async () => {
    const seen: IncomingHttpHeaders[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers);
      request.resume().on('end', () => response.end('{}'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const read = async () => JSON.stringify({ providers: { claude: 'key' } });
    const keys = new ProviderKeys({ read, now, onError: () => undefined });
    const provider = new HttpProvider({
      ...{ name: 'claude', type: 'anthropic', baseUrl, keys, maxConnections: 1, connectTimeoutMs: 1000 },
    });
    const call = {
      ...{ format: FORMATS['anthropic-messages'], body: {}, bytes: Buffer.from('{"model":"m"}'), model: 'm' },
      ...{ stream: false, projectId: 'p', idempotencyKey: 'call-1', firstByteMs: 1000, silenceMs: 1000 },
    };
    const none = await provider.send({ ...call, headers: {} }, NEVER);
    await readWhole(none);
    const own = { 'anthropic-version': '2099-01-01', 'anthropic-beta': 'x' };
    await readWhole(await provider.send({ ...call, headers: own }, NEVER));
    expect(seen).toMatchObject([
      { 'anthropic-version': '2023-06-01', 'x-api-key': 'key', 'idempotency-key': 'call-1' },
      { 'anthropic-version': '2099-01-01', 'anthropic-beta': 'x', 'x-api-key': 'key' },
    ]);
    await provider.close();
    server.close();
  });
});
