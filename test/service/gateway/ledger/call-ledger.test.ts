import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallLedger } from '../../../../service/gateway/ledger/call-ledger';
import { deleteInstance, insertCalls } from '../../../../service/gateway/ledger/calls-under-way';
import type { CallLedgerProps } from '../../../../service/gateway/ledger/ledger-props';
import { RequestWriter } from '../../../../service/requests/write/request-writer';
import { bundleHandler } from '../../../helpers/bundle';
import { describeWithServers, until } from '../../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../../lambda/database/postgres';
import { type Ledger, NOW, openLedger, PRICES } from '../../requests/ledger';
import { callEnd, callStart, FAST, KEY, openCallLedger, type Told } from './ledger-parts';

describeWithServers("the gateway's ledger in PostgreSQL", DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let tables: Ledger;
  let writer: RequestWriter;
  let projectId: string;
  let folder: string;
  const opened: CallLedger[] = [];

  beforeAll(async () => {
    server = await TestServer.start();
    tables = await openLedger(server);
    writer = new RequestWriter({ database: tables.database, prices: () => PRICES, now: () => NOW });
  });
  beforeEach(async () => {
    ({ projectId } = await tables.project());
    folder = mkdtempSync(join(tmpdir(), 'journal-'));
  });
  afterEach(async () => {
    for (const ledger of opened.splice(0)) await ledger.close(10_000);
    rmSync(folder, { recursive: true, force: true });
    await tables.rows('DELETE FROM calls_under_way');
    await tables.rows('DELETE FROM gateway_instances');
  });
  afterAll(async () => {
    await writer?.close();
    await tables?.close();
    await server?.remove();
  });

  function open(changes: Partial<CallLedgerProps> = {}): { ledger: CallLedger; told: Told } {
    const parts = openCallLedger({ writer, database: tables.database.writes, folder, ...changes });
    opened.push(parts.ledger);
    parts.ledger.run();
    return parts;
  }

  const row = async (id: string) =>
    (await tables.rows('SELECT * FROM llm_requests WHERE id = $1', [id]))[0] as Record<string, unknown>;
  const untilRow = (id: string, expected: Record<string, unknown>) =>
    until(async () => expect(await row(id)).toMatchObject(expected));
  const underWay = async () =>
    (await tables.rows('SELECT call_id FROM calls_under_way')).map(({ call_id }) => call_id);
  const call = () => callStart({ projectId });

  test('stores the end of a call with its usage, its exact cost, its tags and its prompt', async () => {
    const { ledger } = open();
    const start = call();
    await ledger.start(start);
    ledger.end(callEnd(start));
    await untilRow(start.id, {
      ...{
        project_id: projectId,
        key_id: KEY,
        user_id: 'ada',
        status: 'completed',
        prompt: 'Say hello',
        latency_ms: 812,
      },
      ...{ input_tokens: 100, output_tokens: 10, cost: '0.0001200000', usage_source: 'reported' },
      ...{ tags: { team: 'search' }, pod_id: null },
    });
    await until(async () => expect(ledger.unsettled).toBe(0));
  });

  test('stores a hit of the cache without a start: it costs 0 and saves what the call would have cost', async () => {
    const { ledger } = open();
    const hit = call();
    ledger.checkRoom();
    ledger.end(callEnd(hit, { cacheHit: true, latencyMs: 1 }));
    await untilRow(hit.id, { cost: '0.0000000000', saved_cost: '0.0001200000', cache_hit: true });
  });

  test('shows a call that takes long as active, and nothing of a short one', async () => {
    const { ledger } = open({ timing: { ...FAST, underWayMs: 60 } });
    const [long, short] = [call(), call()];
    await ledger.start(long);
    await untilRow(long.id, { status: 'active', input_tokens: 0, latency_ms: null, model: 'large' });
    expect(await underWay()).toEqual([long.id]);
    await ledger.start(short);
    ledger.end(callEnd(short));
    ledger.end(callEnd(long, { model: 'double', status: 'failed', errorCode: 'provider_cut' }));
    await untilRow(long.id, {
      status: 'failed',
      model: 'double',
      error_code: 'provider_cut',
      cost: '0.0002400000',
    });
    await until(async () => expect(await underWay()).toEqual([]));
    const active = await tables.rows(`SELECT id FROM llm_requests WHERE status = 'active'`);
    expect(active).toEqual([]);
  });

  test('ends the calls of a process whose lease ran out, and a real end that comes later counts', async () => {
    const gone = { id: randomUUID(), podName: 'gone' };
    const late = open({ podName: 'late', timing: { ...FAST, renewMs: 60_000, sweepMs: 60_000 } });
    const [dead, alive] = [call(), call()];
    await late.ledger.start(alive);
    await untilRow(alive.id, { status: 'active' });
    const { id, user, provider, model } = dead;
    const record = { id, user, provider, model, tags: {}, characters: { prompt: 400, output: 0 } };
    await insertCalls(tables.database.writes, gone, [{ projectId, keyId: KEY, record }]);
    await tables.rows(`UPDATE gateway_instances SET renewed_at = now() - interval '61 s'`);

    // Two look at the same time.
    const sweepers = [open({ podName: 'a' }), open({ podName: 'b' })];
    const abandoned = {
      status: 'failed',
      error_code: 'abandoned',
      latency_ms: null,
      usage_source: 'estimated',
    };
    await untilRow(dead.id, {
      ...abandoned,
      key_id: KEY,
      input_tokens: 100,
      output_tokens: 0,
      cost: '0.0001000000',
    });
    await untilRow(alive.id, abandoned);
    await until(async () => {
      expect(
        await tables.rows(`SELECT pod_id FROM gateway_instances WHERE pod_id IN ('gone', 'late')`),
      ).toEqual([]);
    });
    expect(sweepers.reduce((sum, { told }) => sum + told.abandoned, 0)).toBe(2);
    late.ledger.end(callEnd(alive));
    await untilRow(alive.id, {
      status: 'completed',
      error_code: null,
      input_tokens: 100,
      usage_source: 'reported',
    });
  });

  test('does not end calls of the living after an outage, when all leases are old', async () => {
    const { ledger } = open({ timing: { ...FAST, renewMs: 60_000, sweepMs: 60_000 } });
    const start = call();
    await ledger.start(start);
    await untilRow(start.id, { status: 'active' });
    await tables.rows(`UPDATE gateway_instances SET renewed_at = now() - interval '61 s'`);
    // It looks every 20 ms, but the living may renew for the time of a lease, so it is too early to judge.
    const { told } = open({ podName: 'other', timing: { ...FAST, leaseMs: 30_000 } });
    const renewedAt = async () => {
      const [one] = await tables.rows(`SELECT renewed_at FROM gateway_instances WHERE pod_id = 'other'`);
      return one?.['renewed_at'] as Date;
    };
    await until(async () => expect(await renewedAt()).toBeInstanceOf(Date));
    const first = (await renewedAt()).getTime();
    await until(async () => expect((await renewedAt()).getTime()).toBeGreaterThan(first + 100));
    expect([await row(start.id), told.abandoned]).toMatchObject([{ status: 'active' }, 0]);
  });

  test('goes on while the database is away, and stores everything when it is back', async () => {
    const { ledger, told } = open();
    const calls = Array.from({ length: 40 }, call);
    await ledger.start(calls[0] as (typeof calls)[0]);
    await untilRow(String(calls[0]?.id), { status: 'active' });
    await server.stop('SIGQUIT');
    for (const start of calls.slice(1)) await ledger.start(start);
    for (const start of calls) ledger.end(callEnd(start));
    await until(async () => expect(told.failures.database).toBeGreaterThan(2));
    expect(ledger.unsettled).toBe(40);
    await server.resume();
    for (const { id } of calls) await untilRow(id, { status: 'completed' });
    await until(async () => expect([ledger.unsettled, await underWay()]).toEqual([0, []]));
    expect(told.failures).toMatchObject({ journal: 0, refused: 0, lost: 0 });
    expect(told.lines.map(({ message }) => message)).toContain('the database takes records of calls again');
  });

  test('ends what is open when it closes, and leaves neither files nor a lease', async () => {
    const { ledger, told } = open({ timing: { ...FAST, underWayMs: 10_000 } });
    const [open1, ended] = [call(), call()];
    await ledger.start(open1);
    await ledger.start(ended);
    ledger.end(callEnd(ended));
    await until(async () => {
      expect(await tables.rows('SELECT pod_id FROM gateway_instances')).toEqual([{ pod_id: 'pod' }]);
    });
    await ledger.close(10_000);
    expect(await row(open1.id)).toMatchObject({
      status: 'failed',
      error_code: 'abandoned',
      input_tokens: 100,
    });
    expect(await row(ended.id)).toMatchObject({ status: 'completed' });
    expect(told.abandoned).toBe(1);
    expect(readdirSync(join(folder, 'pod'))).toEqual([]);
    expect(await tables.rows('SELECT pod_id FROM gateway_instances')).toEqual([]);
    await expect(ledger.start(call())).rejects.toThrow('the process ends');
  });

  test('stores a call whose usage cannot be read with an estimate, and calls of other projects beside a refused one', async () => {
    const { ledger, told } = open();
    const [odd, poison, good] = [call(), callStart({ projectId: randomUUID() }), call()];
    ledger.end(callEnd(odd, { usage: { prompt_tokens: -5 }, characters: { prompt: 40, output: 8 } }));
    ledger.end(callEnd(poison));
    ledger.end(callEnd(good));
    await untilRow(good.id, { status: 'completed' });
    await untilRow(odd.id, { input_tokens: 10, output_tokens: 2, usage_source: 'estimated' });
    await until(async () => expect([told.failures.refused, ledger.unsettled]).toEqual([1, 0]));
    expect(told.failures).toMatchObject({ database: 0, lost: 0 });
    expect(
      await tables.rows('SELECT code FROM rejected_requests WHERE project_id = $1', [projectId]),
    ).toEqual([{ code: 'usage_unreadable' }]);
  });

  test('stores whatever texts a caller sends', async () => {
    const { ledger, told } = open();
    const start = callStart({
      ...{ projectId, user: `${'u'.repeat(200)}`, model: 'a\u0000b\ud800', provider: '' },
      tags: { good: 'yes', 'not a name': 'x', long: 'x'.repeat(300), nul: '\u0000' },
    });
    await ledger.start(start);
    await untilRow(start.id, { status: 'active' });
    ledger.end(callEnd(start, { prompt: `\u0000\ud800${'é'.repeat(40_000)}`, latencyMs: Number.NaN }));
    await untilRow(start.id, {
      ...{ status: 'completed', user_id: 'u'.repeat(128), model: 'a\uFFFDb\uFFFD', provider: 'unknown' },
      ...{ tags: { good: 'yes' }, latency_ms: 0 },
    });
    expect(String((await row(start.id))['prompt'])).toMatch(
      /^\uFFFD\uFFFDé+\n\[cut: the prompt has 80006 bytes\]$/,
    );
    expect(told.failures).toMatchObject({ refused: 0, lost: 0 });
  });

  test('has every call that reached a provider once, whenever its process is killed', async () => {
    // Loading the sources takes seconds each time.
    const program = join(folder, 'gateway-process.mjs');
    bundleHandler('test/service/gateway/ledger/gateway-process.ts', program);
    const journal = join(folder, 'journal');
    const { host, ...user } = server.superuser(tables.name);
    const login = JSON.stringify({ ...user, hosts: [host], tls: false });
    const args = [login, journal, projectId, NOW.toISOString()];
    let output = '';
    for (const milliseconds of [20, 130, 260]) {
      const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
      let own = '';
      child.stdout.on('data', (chunk) => {
        own += chunk;
      });
      const ended = new Promise((resolve) => child.once('close', resolve));
      await until(async () => expect(own).toContain('ended'));
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      child.kill('SIGKILL');
      await ended;
      output += own;
    }
    const ids = (word: string) =>
      [...output.matchAll(new RegExp(`^${word} (\\S+)$`, 'gm'))].map(([, id]) => id);
    const { ledger, told } = open({ folder: journal });
    // The processes are gone, and their journal says so: nothing waits for their leases.
    await until(async () => {
      const rows = await tables.rows('SELECT id, status FROM llm_requests WHERE project_id = $1', [
        projectId,
      ]);
      const status = new Map(rows.map((one) => [one['id'], one['status']]));
      expect(rows).toHaveLength(status.size);
      expect(ids('sent').filter((id) => !['completed', 'failed'].includes(String(status.get(id))))).toEqual(
        [],
      );
      expect(ids('ended').filter((id) => status.get(id) !== 'completed')).toEqual([]);
      expect([await underWay(), ledger.unsettled]).toEqual([[], 0]);
    });
    expect(told.failures).toMatchObject({ journal: 0, refused: 0, lost: 0 });
    expect(ids('sent').length).toBeGreaterThan(ids('ended').length);
  });

  test('an instance with calls under way is not deleted', async () => {
    const instance = { id: randomUUID(), podName: 'pod' };
    const { id } = call();
    await insertCalls(tables.database.writes, instance, [{ projectId, keyId: KEY, record: { id } }]);
    await deleteInstance(tables.database.writes, instance);
    expect(await tables.rows('SELECT pod_id FROM gateway_instances')).toHaveLength(1);
  });
});
