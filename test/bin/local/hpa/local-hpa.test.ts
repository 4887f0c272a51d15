import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalHpa } from '../../../../bin/local/hpa/local-hpa';
import type { PageState } from '../../../../bin/local/hpa/page-server';
import { ANNOTATIONS } from '../../../../lambda/predictive-scaler/constants';
import { KubernetesHpaClient } from '../../../../lambda/predictive-scaler/hpa/kubernetes-hpa-client';
import { testConfig } from '../../../helpers/config';
import { FakePods } from './fake-pods';

const START_MS = Date.UTC(2026, 0, 5, 8);

/** What happens in a minute: four syncs under a load. */
interface Minute {
  /** Requests per second of all pods. */
  readonly load: number;
  /** Calls of the gateway under way, of each pod. @default 0 */
  readonly calls?: number;
  /** Pods whose page fails. @default none */
  readonly silent?: readonly string[];
}

const folder = mkdtempSync(join(tmpdir(), 'local-hpa-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Lends an HPA over fake pods, 10 requests per second a pod. */
async function withHpa<T>(
  { pods, maxPods = 6 }: { readonly pods: number; readonly maxPods?: number },
  use: (hpa: LocalHpa, fake: FakePods) => Promise<T>,
): Promise<T> {
  const fake = await FakePods.start(pods, START_MS);
  const hpa = new LocalHpa({
    ...{ config: testConfig({}, 'staging'), folder, set: fake },
    ...{ minPods: pods, maxPods, requestsPerPod: 10, realMs: () => fake.nowMs },
    onProblem: (line) => {
      throw new Error(line);
    },
  });
  try {
    return await use(hpa, fake);
  } finally {
    await hpa.close();
    await fake.close();
  }
}

/** @returns pods after each minute */
async function podsAfter(hpa: LocalHpa, fake: FakePods, minutes: readonly Minute[]): Promise<number[]> {
  const counts: number[] = [];
  for (const { load, calls = 0, silent = [] } of minutes) {
    fake.calls = calls;
    fake.silent.clear();
    for (const name of silent) fake.silent.add(name);
    for (let sync = 0; sync < 4; sync += 1) {
      fake.pass(15, load);
      await hpa.syncOnce();
    }
    counts.push(fake.pods().length);
  }
  return counts;
}

const times = (count: number, minute: Minute) => Array.from({ length: count }, () => minute);

describe('the HPA of this machine', () => {
  test.each<
    [string, props: { pods: number; maxPods?: number }, minutes: readonly Minute[], pods: readonly number[]]
  >([
    ['keeps the pods that were asked for without load', { pods: 2 }, times(3, { load: 0 }), [2, 2, 2]],
    ['adds pods as their target asks for', { pods: 1 }, times(3, { load: 35 }), [4, 4, 4]],
    ['keeps within the tolerance of a tenth', { pods: 2 }, times(2, { load: 21.9 }), [2, 2]],
    ['has no more pods than the most', { pods: 1, maxPods: 3 }, times(3, { load: 100 }), [3, 3, 3]],
    [
      'counts the calls of the gateway beside requests',
      { pods: 2 },
      times(3, { load: 1, calls: 1000 }),
      [6, 6, 6],
    ],
    [
      'holds the highest wish of five minutes, then removes half of the pods or two a minute, the smaller change',
      { pods: 1 },
      [...times(2, { load: 45 }), ...times(8, { load: 0 })],
      [6, 6, 6, 6, 6, 6, 4, 2, 1, 1],
    ],
    [
      'removes no pod while no page answers',
      { pods: 1 },
      [
        ...times(2, { load: 45 }),
        ...times(8, { load: 0, silent: ['api-1', 'api-2', 'api-3', 'api-4', 'api-5', 'api-6'] }),
      ],
      times(10, { load: 0 }).map(() => 6),
    ],
    [
      'takes a pod without a page for one at its target',
      { pods: 2 },
      times(8, { load: 0, silent: ['api-1'] }),
      [2, 2, 2, 2, 2, 2, 2, 2],
    ],
  ])('%s', async (_, props, minutes, pods) => {
    expect(await withHpa(props, (hpa, fake) => podsAfter(hpa, fake, minutes))).toEqual(pods);
  });

  test('obeys a floor at the next sync, and releases it once its lease is over', async () => {
    await withHpa({ pods: 1 }, async (hpa, fake) => {
      const { hpaApi, token, caFile, namespace, name } = await hpa.listen();
      const client = clientOf({ hpaApi, token, caFile });
      const expiresAt = new Date(START_MS + 3 * 60_000).toISOString();
      const lease = { [ANNOTATIONS.expiresAt]: expiresAt, [ANNOTATIONS.base]: '1' };
      const applied = await client.apply(
        { namespace, name },
        { minReplicas: 4, annotations: lease },
        { dryRun: false },
      );
      expect(applied).toMatchObject({ minReplicas: 4, maxReplicas: 6 });
      // New pods have no sample at first and count as at their target, so the window has a 3 for five minutes.
      expect(await podsAfter(hpa, fake, times(6, { load: 0 }))).toEqual([4, 4, 3, 3, 3, 1]);
      const after = await client.read({ namespace, name });
      expect(after).toMatchObject({ minReplicas: 1, currentReplicas: 1, annotations: {} });
      client.close();
    });
  });

  test('has minutes of load for the scaler, and points for the page', async () => {
    await withHpa({ pods: 1 }, async (hpa, fake) => {
      const { page } = await hpa.listen();
      await podsAfter(hpa, fake, [...times(2, { load: 6 }), ...times(2, { load: 12 })]);
      const state = (await (await fetch(`${page}/state.json`)).json()) as PageState;
      expect(state.points.at(-1)).toEqual({ atMs: fake.nowMs, load: 12, floor: 1, pods: 2, replicas: 2 });
      expect(state).toMatchObject({ requestsPerPod: 10, minReplicas: 1, maxReplicas: 6, speed: 1 });
    });
  });
});

function clientOf({ hpaApi: endpoint, token, caFile }: { hpaApi: string; token: string; caFile: string }) {
  return new KubernetesHpaClient({
    ...{ endpoint, certificateAuthority: readFileSync(caFile, 'utf8') },
    logIn: { token: async () => token },
  });
}
