import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalHpa } from '../../../../bin/local/hpa/local-hpa';
import { alignedHistory, exampleLoad } from '../../../../bin/scaler/local/align-history';
import { LocalScaler } from '../../../../bin/scaler/local/local-scaler';
import { testConfig } from '../../../helpers/config';
import { FakePods } from '../../local/hpa/fake-pods';

/** Requests per second: of the busiest minute of a day, and of one pod. */
const PEAK = 110;
const PER_POD = 10;

const MINUTES = 45;

/** A minute of the loop. */
interface Moment {
  readonly load: number;
  readonly floor: number;
  readonly pods: number;
}

/** From six in the morning, when the load rises: an HPA that syncs each minute, and a scaler that runs each ten. */
const START_MS = Date.UTC(2026, 2, 3, 6);

describe('load, forecast, floor, pods', () => {
  const folder = mkdtempSync(join(tmpdir(), 'closed-loop-'));
  const moments: Moment[] = [];
  const gates: string[] = [];
  let released: boolean;
  let after: { readonly minReplicas: number; readonly annotations: object };

  beforeAll(async () => {
    const fake = await FakePods.start(1, START_MS);
    const hpa = new LocalHpa({
      ...{ config: testConfig({}, 'staging'), folder, set: fake, realMs: () => fake.nowMs },
      ...{ minPods: 1, maxPods: 12, requestsPerPod: PER_POD, onProblem: () => undefined },
    });
    const autoscaling = await hpa.listen();
    const history = alignedHistory({ file: 'example', peak: PEAK, reading: {} }, START_MS / 60_000).samples;
    const scaler = new LocalScaler({
      ...{ autoscaling, history, everySeconds: 600, dryRun: false },
      ...{ stateFolder: join(folder, 'state'), platformMs: () => fake.nowMs },
    });
    for (let minute = 0; minute < MINUTES; minute += 1) {
      const load = exampleLoad(fake.nowMs / 60_000, PEAK);
      fake.pass(60, load);
      await hpa.syncOnce();
      if (minute % 10 === 0) {
        const { record } = await scaler.runOnce();
        gates.push(record?.gate.state ?? 'none');
      }
      moments.push({ load, floor: hpa.controller.hpa().minReplicas, pods: fake.pods().length });
    }
    released = await scaler.release();
    after = hpa.controller.hpa();
    scaler.close();
    await hpa.close();
    await fake.close();
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  test('the deployed gate lets the forecasts set the floor', () => {
    expect(new Set(gates)).toEqual(new Set(['ACTIVE']));
  });

  test('the floor rises with the load, ahead of it', () => {
    const needed = ({ load }: Moment) => Math.ceil(load / PER_POD);
    const first = moments[0] as Moment;
    const last = moments.at(-1) as Moment;
    expect(needed(last)).toBeGreaterThan(needed(first));
    expect(last.floor).toBeGreaterThan(first.floor);
    const ahead = moments.filter((moment) => moment.floor > needed(moment));
    expect(ahead.length).toBeGreaterThan(0);
  });

  test('the pods follow the floor within a sync', () => {
    const short = moments.filter(
      ({ pods }, index) => index > 0 && pods < (moments[index - 1] as Moment).floor,
    );
    expect(short).toEqual([]);
  });

  test('the end of the scaler releases the floor', () => {
    expect(released).toBe(true);
    expect(after).toMatchObject({ minReplicas: 1, annotations: {} });
  });
});
