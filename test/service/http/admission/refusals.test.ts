import { PROMETHEUS_METRICS } from '../../../../service/contract';
import { READY_AFTER_MS, UNREADY_AFTER_MS } from '../../../../service/http/admission/overload-spell';
import { REFUSAL_REASONS } from '../../../../service/telemetry/prometheus';
import { type SmallServer, smallServer } from './small-server';

const { refused } = PROMETHEUS_METRICS;

let server: SmallServer;
let waiting = 0;

beforeEach(async () => {
  waiting = 0;
  const reads = { maxWaiting: 2, waiting: () => waiting };
  server = await smallServer({ '/question': async () => ({ answer: 42 }) }, { reads });
  server.lifecycle.markStarted();
});
afterEach(() => server.close());

const get = (path: string) => fetch(server.url + path);

/** Refusals that the pod has counted, by reason; those of no reason that happened are left out. */
async function counted(): Promise<Record<string, number>> {
  const lines = (await server.metrics.page()).matchAll(
    new RegExp(`^${refused}\\{reason="(\\w+)"\\} (\\d+)$`, 'gm'),
  );
  const all = [...lines].map(([, reason, count]) => [reason, Number(count)] as const);
  expect(all.map(([reason]) => reason).sort()).toEqual([...REFUSAL_REASONS].sort());
  return Object.fromEntries(all.filter(([, count]) => count > 0));
}

test('a refused request gets 503 with Retry-After, and is counted by its reason', async () => {
  expect((await get('/question')).status).toBe(200);
  // As many as may wait.
  waiting = 2;
  expect((await get('/question')).status).toBe(200);
  expect(await counted()).toEqual({});

  waiting = 3;
  for (let count = 1; count <= 3; count += 1) {
    const answer = await get('/question');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'overloaded' });
    const seconds = Number(answer.headers.get('retry-after'));
    expect([1, 2, 3, 4, 5]).toContain(seconds);
    expect(await counted()).toEqual({ database_pool: count });
  }

  waiting = 0;
  expect((await get('/question')).status).toBe(200);
  expect(await counted()).toEqual({ database_pool: 3 });
});

test('a pod that refuses requests is ready, and its probes are no refusals', async () => {
  waiting = 1000;
  expect((await get('/question')).status).toBe(503);
  for (const path of ['/ready', '/health']) expect((await get(path)).status).toBe(200);
  expect(await counted()).toEqual({ database_pool: 1 });
});

describe('a pod under pressure', () => {
  let isUnderPressure: boolean;
  let laterMs: number;

  beforeEach(() => {
    const now = performance.now.bind(performance);
    [isUnderPressure, laterMs] = [false, 0];
    server.app.isUnderPressure = () => isUnderPressure;
    jest.spyOn(performance, 'now').mockImplementation(() => now() + laterMs);
  });
  afterEach(() => jest.restoreAllMocks());

  /** Status of a probe some time after the last one. @param passMs ms */
  async function probe(passMs: number): Promise<number> {
    laterMs += passMs;
    return (await get('/ready')).status;
  }

  test('is unready after a spell of it, and ready again after a spell without', async () => {
    expect(await probe(0)).toBe(200);
    isUnderPressure = true;
    expect(await probe(0)).toBe(200);
    expect(await probe(UNREADY_AFTER_MS / 10)).toBe(200);
    laterMs += UNREADY_AFTER_MS;
    const unready = await get('/ready');
    expect(unready.status).toBe(503);
    expect(unready.headers.get('retry-after')).toBe('5');
    expect(await unready.json()).toMatchObject({ code: 'not_ready', detail: 'The pod is overloaded.' });
    // The process is well: nobody restarts it.
    expect((await get('/health')).status).toBe(200);

    isUnderPressure = false;
    expect(await probe(0)).toBe(503);
    expect(await probe(READY_AFTER_MS)).toBe(200);
  });

  test('stays ready through peaks that are shorter', async () => {
    for (const pressed of [true, false, true, false, true]) {
      isUnderPressure = pressed;
      expect(await probe(UNREADY_AFTER_MS * 0.6)).toBe(200);
    }
  });
});
