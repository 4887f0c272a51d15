import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AutoscalingState, LocalHpa } from '../../../../bin/local/hpa/local-hpa';
import type { PageState } from '../../../../bin/local/hpa/page-server';
import { main } from '../../../../bin/scaler';
import { alignedHistory } from '../../../../bin/scaler/local/align-history';
import { Screen, viewLines } from '../../../../bin/scaler/local/live-view';
import { ANNOTATIONS } from '../../../../lambda/predictive-scaler/constants';
import { KubernetesHpaClient } from '../../../../lambda/predictive-scaler/hpa/kubernetes-hpa-client';
import { testConfig } from '../../../helpers/config';
import { trafficCsv } from '../../../helpers/traffic';
import { FakePods } from '../../local/hpa/fake-pods';

const START_MS = Date.UTC(2026, 2, 3, 6);
const DAY = 1440;

const folder = mkdtempSync(join(tmpdir(), 'local-scaler-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the command and ends it after some lines of stdout. */
async function runLocal(
  argv: readonly string[],
  { lines, now }: { readonly lines: number; readonly now: () => number },
) {
  const stop = new AbortController();
  const [out, err]: [string[], string[]] = [[], []];
  const print = (line: string) => {
    if (out.push(line) >= lines) stop.abort();
  };
  const terminal = { print, printError: (line: string) => void err.push(line) };
  const code = await main(['--local', ...argv], terminal, { now, stop: stop.signal });
  return { code, out, err };
}

describe('npm run scaler -- --local', () => {
  const data = join(folder, 'platform');
  let pods: FakePods;
  let hpa: LocalHpa;
  let autoscaling: AutoscalingState;

  beforeAll(async () => {
    pods = await FakePods.start(2, START_MS);
    hpa = new LocalHpa({
      ...{
        config: testConfig({}, 'dev'),
        folder: join(data, 'autoscaling'),
        set: pods,
        realMs: () => pods.nowMs,
      },
      ...{ minPods: 2, maxPods: 5, requestsPerPod: 10, onProblem: () => undefined },
    });
    autoscaling = await hpa.listen();
    writeFileSync(join(data, 'platform.json'), JSON.stringify({ autoscaling }));
    for (let minute = 0; minute < 20; minute += 1) {
      pods.pass(60, 12);
      await hpa.syncOnce();
    }
  });

  afterAll(async () => {
    await hpa.close();
    await pods.close();
  });

  const now = () => pods.nowMs;

  test('waits for seven days of history, and says so in JSON', async () => {
    const { code, out, err } = await runLocal(['--data', data, '--json'], { lines: 1, now });
    expect({ code, err }).toEqual({ code: 0, err: [`page: ${autoscaling.page}`] });
    expect(JSON.parse(out[0] as string)).toMatchObject({
      ...{ outcome: 'unchanged', load: 12, floor: 2, base: 2, maximum: 5, replicas: 2 },
      ...{
        gate: 'WARMING',
        gate_reason: 'history-too-short',
        problem: null,
        at: new Date(pods.nowMs).toISOString(),
      },
    });
  });

  test('shows the page what it decided', async () => {
    const state = (await (await fetch(`${autoscaling.page}/state.json`)).json()) as PageState;
    expect(state.forecasts.at(-1)).toMatchObject({
      gate: 'WARMING',
      message: expect.stringContaining('floor 2'),
    });
  });

  test('releases what another one has left, where it has no forecast to set a floor by', async () => {
    const { hpaApi: endpoint, token, namespace, name } = autoscaling;
    const client = new KubernetesHpaClient({
      ...{ endpoint, certificateAuthority: readFileSync(autoscaling.caFile, 'utf8') },
      logIn: { token: async () => token },
    });
    const lease = { [ANNOTATIONS.expiresAt]: new Date(pods.nowMs + 600_000).toISOString() };
    await client.apply({ namespace, name }, { minReplicas: 4, annotations: lease }, { dryRun: false });
    pods.nowMs += 60_000;
    const { out } = await runLocal(['--data', data], { lines: 2, now });
    expect(out).toEqual([
      `page: ${autoscaling.page}`,
      expect.stringMatching(/floor 2 .* WARMING .* released:/),
    ]);
    expect(await client.read({ namespace, name })).toMatchObject({ minReplicas: 2, annotations: {} });
    client.close();
  });

  test('has the API check a floor in a dry run, and changes nothing', async () => {
    pods.nowMs += 60_000;
    const { out } = await runLocal(['--data', data, '--json', '--dry-run'], { lines: 1, now });
    expect(JSON.parse(out[0] as string)).toMatchObject({ outcome: 'dry-run', floor: 2 });
  });

  test.each<[string, argv: string[], message: string]>([
    [
      'a folder without a platform',
      ['--data', '/nowhere'],
      'got /nowhere: start one with npm start -- --pods 3',
    ],
    ['runs that are too frequent', ['--every', '10'], '--every must be a number between 60 and 3600, got 10'],
    ['a peak without a history', ['--history-peak', '10'], '--history-peak needs --history'],
    [
      'a peak of nothing',
      ['--history', 'example', '--history-peak', '0'],
      '--history-peak must be a number above 0',
    ],
    ['a cluster of somebody else', ['--context', 'prod'], '--context has no meaning with --local'],
    ['another way at once', ['--once'], 'one of --once, --recommend and --local'],
  ])('refuses %s', async (_, argv, message) => {
    const { code, err } = await runLocal(argv, { lines: 1, now });
    expect({ code, err }).toEqual({ code: 1, err: [expect.stringContaining(message)] });
  });

  test('refuses a platform of a fixed number of pods', async () => {
    const fixed = join(folder, 'fixed');
    mkdirSync(fixed);
    writeFileSync(join(fixed, 'platform.json'), JSON.stringify({ api: 'http://127.0.0.1:1' }));
    const { code, err } = await runLocal(['--data', fixed], { lines: 1, now });
    expect({ code, err }).toEqual({
      code: 1,
      err: [expect.stringContaining('--pods 3, or with --max-pods')],
    });
  });

  test('ends with the platform', async () => {
    const gone = join(folder, 'gone');
    mkdirSync(gone);
    // Nobody listens there; the address of another platform is what the folder has at the second look.
    const state = { ...autoscaling, hpaApi: 'https://127.0.0.1:9' };
    writeFileSync(join(gone, 'platform.json'), JSON.stringify({ autoscaling: state }));
    const running = runLocal(['--data', gone, '--json'], { lines: 2, now });
    writeFileSync(
      join(gone, 'platform.json'),
      JSON.stringify({ autoscaling: { ...state, token: 'another' } }),
    );
    const { code, out, err } = await running;
    expect(JSON.parse(out[0] as string)).toMatchObject({
      outcome: 'failed',
      problem: { kind: 'connection' },
    });
    expect({ code, err: err.at(-1) }).toEqual({ code: 2, err: 'the platform has ended' });
  });
});

describe('a history that ends now', () => {
  const now = Date.UTC(2026, 5, 10, 9, 30) / 60_000;
  const first = Date.UTC(2025, 0, 6) / 60_000;

  /** Days of a load that tells its own minute of the week. */
  function file(days: number, stepMinutes: number): string {
    const samples = Array.from({ length: (days * DAY) / stepMinutes }, (_, index) => ({
      minute: first + index * stepMinutes,
      load: 1 + ((index * stepMinutes) % (7 * DAY)),
    }));
    const path = join(folder, `${days}-${stepMinutes}.csv`);
    writeFileSync(path, trafficCsv(samples));
    return path;
  }

  const weekMinute = (minute: number) => 1 + ((((minute - first) % (7 * DAY)) + 7 * DAY) % (7 * DAY));

  test('keeps the days of the week where it is long enough', () => {
    const { samples } = alignedHistory({ file: file(16, 5), reading: { counter: false } }, now);
    expect(samples.at(-1)?.minute).toBe(now - 1);
    const wrong = samples.filter(({ minute, load }) => load !== weekMinute(Math.floor(minute / 5) * 5));
    expect(wrong).toEqual([]);
    expect(samples.length).toBeGreaterThan(8 * DAY);
  });

  test('keeps the times of day where too little would be left of the weeks', () => {
    const { samples, lines } = alignedHistory({ file: file(9, 5), reading: { counter: false } }, now);
    expect(samples.at(-1)?.minute).toBe(now - 1);
    expect(samples.length).toBeGreaterThan(8 * DAY);
    expect(
      samples.every(({ minute, load }) => (load - weekMinute(Math.floor(minute / 5) * 5)) % DAY === 0),
    ).toBe(true);
    expect(lines.at(-1)).toMatch(/moved by \d+ days, so that it ends now/);
  });

  test.each([[file(9, 1)], ['example']])('is scaled to a peak (%#)', (path) => {
    const { samples } = alignedHistory({ file: path, peak: 50, reading: { counter: false } }, now);
    const busiest = samples.reduce((most, { load }) => Math.max(most, load), 0);
    expect(busiest).toBeGreaterThan(45);
    expect(busiest).toBeLessThanOrEqual(50);
  });

  test('is refused where its steps are too wide', () => {
    expect(() => alignedHistory({ file: file(9, 60), reading: { counter: false } }, now)).toThrow(
      /steps of at most 5 minutes, got 60/,
    );
  });
});

describe('the loop on a terminal', () => {
  const state: PageState = {
    ...{
      nowMs: START_MS,
      speed: 60,
      requestsPerPod: 10,
      minReplicas: 1,
      maxReplicas: 4,
      reason: 'no change',
    },
    points: [
      { atMs: START_MS - 30_000, load: null, floor: 1, pods: 1, replicas: 1 },
      { atMs: START_MS - 15_000, load: 20, floor: 2, pods: 2, replicas: 4 },
    ],
    forecasts: [
      {
        ...{ originMinute: 0, gate: 'ACTIVE', message: 'floor 1 -> 2' },
        forecasts: [{ horizonMinutes: 15, point: 12.34, upper: null }],
      },
    ],
  };

  test('has a column for each sync, and the last decision', () => {
    expect(viewLines(state, 100)).toEqual([
      '2026-03-03T06:00:00Z, 60 times real time',
      '  load       █ 20.0/s',
      '  floor     ▂▄ 2',
      '  pods      ▂▄ 2 of 4',
      '  forecast  in 15 min 12.3/s, 95 % below unknown/s',
      '  scaler    ACTIVE: floor 1 -> 2',
      '  HPA       no change',
    ]);
  });

  test('fits into the terminal', () => {
    const many = Array.from({ length: 300 }, () => state.points[1] as PageState['points'][number]);
    const widths = viewLines({ ...state, points: many }, 40).map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(40);
  });

  test('is drawn over the picture before', () => {
    const written: string[] = [];
    const screen = new Screen({ write: (text: string | Uint8Array) => written.push(String(text)) > 0 });
    screen.draw(['one', 'two']);
    screen.draw(['three']);
    expect(written).toEqual(['\u001b[Jone\ntwo\n', '\u001b[2F\u001b[Jthree\n']);
  });
});
