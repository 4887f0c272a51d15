import fc from 'fast-check';
import { changesAsInput, knobChanges } from '../../../bin/sizing/knob-changes';
import { loadShape } from '../../../bin/sizing/load-shape';
import { recommendSizes } from '../../../bin/sizing/recommend';
import { replayScaler, type ScalerReplay } from '../../../bin/sizing/replay-scaler';
import { requestCost } from '../../../bin/sizing/request-cost';
import { sizeHpa } from '../../../bin/sizing/size-hpa';
import { bottleneck, mostLoad, utilisations } from '../../../bin/sizing/utilisation';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { testConfig } from '../../helpers/config';
import { exampleTrace, exampleTraffic } from '../../helpers/traffic';
import { costOf } from './cost-of';

const HOUR = 60;
/** Three hours: too short to replay. */
const shortTrace = (peak: number) =>
  [peak / 4, peak, peak / 2].map((load, at) => ({ minute: at * HOUR, load }));

describe('the shape of the load', () => {
  test('has mean, peak, busiest hour and a mean day', () => {
    const samples = [1, 2, 6, 3].map((load, at) => ({ minute: 30 + at * 30, load }));
    expect(loadShape(samples, 30, 2)).toMatchObject({
      mean: 6,
      peak: 12,
      peakMinute: 90,
      // from 1:00 to 2:00: 2 and 6
      busiestHour: 8,
      perDay: 518_400,
      isCoarse: true,
    });
  });

  test('needs a load', () => {
    expect(() => loadShape([{ minute: 0, load: 0 }], 5)).toThrow(
      '--trace must have a load above 0, got none',
    );
  });
});

describe('bounds and target of the HPA', () => {
  const input = {
    samples: exampleTraffic(3, 60),
    stepMinutes: 60,
    growth: 1,
    capacity: 100,
    given: { minReplicas: 3, maxReplicas: 50, target: 0.7 },
    highestTarget: 0.7,
    leastReplicas: 3,
  };

  test('come from a replay, with a quarter above what it asked for', () => {
    const size = sizeHpa(input);
    const peak = Math.max(...input.samples.map(({ load }) => load));
    expect(size.replayedMinutes).toBe(3 * 24 * 60);
    expect(size.maxReplicas).toBeGreaterThanOrEqual(Math.ceil((1.25 * peak) / 100 / size.target));
    expect(size.target).toBeLessThanOrEqual(0.7);
    expect(size.meanReplicas).toBeGreaterThan(1000 / 100);
    // would be half of it with pods twice as large
    expect(sizeHpa({ ...input, capacity: 200 }).maxReplicas).toBeLessThan(size.maxReplicas * 0.6);
  });

  test('follow the peak where the trace is too short', () => {
    expect(sizeHpa({ ...input, samples: shortTrace(700) })).toMatchObject({
      minReplicas: 3,
      // 700 / 70 = 10, and a quarter
      maxReplicas: 13,
      target: 0.7,
      replayedMinutes: 0,
      meanReplicas: null,
    });
  });

  test('grow with the traffic', () => {
    const samples = shortTrace(700);
    expect(sizeHpa({ ...input, samples, growth: 2 }).maxReplicas).toBe(25);
  });
});

describe('a recommendation', () => {
  const size = (peak: number, environment = 'prod', cost = costOf()) => {
    const config = loadEnvironment(environment);
    const samples = shortTrace(peak);
    const shape = loadShape(samples, 60);
    const sizing = recommendSizes({ config, samples, shape, growth: 1, cost });
    return { config, shape, sizing, changes: knobChanges(config, sizing, cost) };
  };

  test('takes what the VPA has measured where it is more', () => {
    const config = testConfig();
    const samples = shortTrace(100);
    const input = { config, samples, shape: loadShape(samples, 60), growth: 1, cost: costOf() };
    const range = { cpuMillis: 1, memoryMib: 1 };
    const vpa = { cpuMillis: 777, memoryMib: 100, lower: range, upper: range };
    expect(recommendSizes({ ...input, vpa }).pod).toMatchObject({
      cpuRequestMillis: 777,
      memoryRequestMib: recommendSizes(input).pod.memoryRequestMib,
    });
  });

  test('leaves alone what is within a tenth, and never lowers what costs nothing', () => {
    const { changes, config } = size(600);
    const paths = changes.map(({ path }) => path);
    expect(paths).toContain('workload.cpuRequest');
    for (const path of ['autoscaling.hpa.maxReplicas', 'database.maxConnections', 'workload.cpuLimit']) {
      expect(paths).not.toContain(path);
    }
    const near = { ...config, workload: { ...config.workload, cpuRequest: '160m' } };
    const again = knobChanges(near, size(600).sizing, costOf()).map(({ path }) => path);
    expect(again).not.toContain('workload.cpuRequest');
  });

  test('names the bottleneck, and the load at which it ends', () => {
    const { config, shape } = size(600);
    const uses = utilisations(config, shape, costOf({ 'llm-seconds': 60 }));
    // 600 x 0.4 x 60 = 14,400 of 50 x 128 connections
    expect(bottleneck(uses)).toMatchObject({
      resource: 'connections to providers',
      used: 14_400,
      available: 6400,
    });
    expect(mostLoad(uses, shape)).toBeCloseTo(600 / 2.25, 6);
    // would be the disk with calls of 2 s
    expect(bottleneck(utilisations(config, shape, costOf())).resource).toBe('disk operations');
  });

  test('is a valid configuration that carries the peak, whatever the traffic', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('sandbox', 'dev', 'staging', 'prod'),
        fc.double({ min: 0.1, max: 1900, noNaN: true }),
        fc.double({ min: 0.05, max: 5, noNaN: true }),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 1, max: 40 }),
        (environment, peak, cpuMs, hits, seconds) => {
          const given = { 'cpu-ms': String(cpuMs), 'hit-rate': String(hits), 'llm-seconds': String(seconds) };
          const cost = requestCost(given, loadEnvironment(environment));
          const { shape, changes } = size(peak, environment, cost);
          const changed = loadEnvironment(environment, changesAsInput(changes));
          const uses = utilisations(changed, shape, cost).filter(({ atPeak }) => atPeak);
          expect(uses.filter(({ share }) => share > 1)).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('changes nothing where it was applied already', () => {
    const { changes, shape } = size(600);
    const changed = loadEnvironment('prod', changesAsInput(changes));
    const input = { config: changed, samples: shortTrace(600), shape, growth: 1, cost: costOf() };
    expect(knobChanges(changed, recommendSizes(input), costOf())).toEqual([]);
  });
});

describe('a replay of predictive scaling', () => {
  const input = {
    trace: exampleTrace(),
    growth: 1,
    bounds: { minReplicas: 3, maxReplicas: 50 },
    capacity: 100,
    timeZone: 'UTC',
  };

  let replay: ScalerReplay | undefined;
  beforeAll(async () => {
    replay = await replayScaler(input, () => undefined);
  });

  test('compares its floor with the HPA alone, over the scored day', () => {
    expect(replay?.minutes).toBe(24 * 60);
    // A mean load of 1,000 needs 10 pods of 100; at 70 % it has 14.
    expect(replay?.hpa.meanReplicas).toBeGreaterThan(10);
    expect(replay?.predictive.meanReplicas).toBeGreaterThan(10);
    expect(replay?.predictive.shortMinutes).toBeLessThanOrEqual(replay?.hpa.shortMinutes ?? 0);
  });

  test('grows with the traffic', async () => {
    const half = await replayScaler({ ...input, growth: 0.5 }, () => undefined);
    expect(half?.hpa.meanReplicas).toBeLessThan(0.6 * (replay?.hpa.meanReplicas ?? 0));
  });

  test('gives none for a trace too coarse to simulate', async () => {
    const trace = { ...input.trace, simulatesScaling: false };
    expect(await replayScaler({ ...input, trace }, () => undefined)).toBeUndefined();
  });
});
