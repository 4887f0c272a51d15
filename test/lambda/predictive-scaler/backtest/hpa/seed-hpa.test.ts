import { replay, seedHpa, story } from './fixtures';

/** `minutes` of load, four syncs each. */
function minutes(count: number, load: number) {
  return Array.from({ length: count * 4 }, () => ({ load }));
}

describe("the seed's HPA", () => {
  it('is read whole', () => {
    const { minReplicas, maxReplicas, metrics, behavior } = seedHpa();
    expect({ minReplicas, maxReplicas, metrics: metrics.map(({ name }) => name) }).toEqual({
      minReplicas: 3,
      maxReplicas: 50,
      metrics: ['cpu', 'memory', 'requests_per_second'],
    });
    expect(behavior?.scaleDown).toMatchObject({ stabilizationWindowSeconds: 300, selectPolicy: 'Min' });
    expect(behavior?.scaleUp).toMatchObject({ stabilizationWindowSeconds: 0, selectPolicy: 'Max' });
  });

  it('goes through a surge and a fall', () => {
    const moments = [...minutes(1, 300), ...minutes(3, 6000), ...minutes(8, 4200), ...minutes(4, 2500)];
    expect(story(replay(seedHpa(), 3, moments))).toEqual([
      '0 s: 3 -> 3, metrics ask for 3, within-tolerance',
      '60 s: 3 -> 7, metrics ask for 60, scale-up-limited', // 4 pods; would be 6 by 100 %
      '75 s: 7 -> 7, metrics ask for 60, scale-up-limited', // would be 14 in a new period
      '90 s: 7 -> 14, metrics ask for 60, scale-up-limited', // 30 s later; 100 %; would be 11 by pods
      '105 s: 14 -> 14, metrics ask for 60, scale-up-limited',
      '120 s: 14 -> 28, metrics ask for 60, scale-up-limited',
      '135 s: 28 -> 28, metrics ask for 60, scale-up-limited',
      '150 s: 28 -> 50, metrics ask for 60, limited-to-max', // would be 56 by 100 %
      '165 s: 50 -> 50, metrics ask for 60, limited-to-max',
      '240 s: 50 -> 50, metrics ask for 42, scale-down-held',
      '525 s: 50 -> 48, metrics ask for 42, scale-down-limited', // 300 s after the last 60; would be 25 by 50 %
      '540 s: 48 -> 48, metrics ask for 42, scale-down-limited',
      '585 s: 48 -> 46, metrics ask for 42, scale-down-limited',
      '600 s: 46 -> 46, metrics ask for 46, within-tolerance', // 91 a pod; would be 42 without the tolerance
      '720 s: 46 -> 46, metrics ask for 25, scale-down-held',
    ]);
  });

  it('goes through a surge and a fall without behavior', () => {
    const moments = [...minutes(1, 300), ...minutes(3, 4000), ...minutes(8, 1000)];
    expect(story(replay(seedHpa({ behavior: null }), 3, moments))).toEqual([
      '0 s: 3 -> 3, metrics ask for 3, within-tolerance',
      '60 s: 3 -> 6, metrics ask for 40, scale-up-limited', // would be 7 with the seed's rules
      '75 s: 6 -> 12, metrics ask for 40, scale-up-limited', // no period to wait for
      '90 s: 12 -> 24, metrics ask for 40, scale-up-limited',
      '105 s: 24 -> 40, metrics ask for 40, metrics',
      '120 s: 40 -> 40, metrics ask for 40, within-tolerance',
      '240 s: 40 -> 40, metrics ask for 10, scale-down-held',
      '540 s: 40 -> 10, metrics ask for 10, metrics', // the last 40 counts at 525 s, where it is 300 s old
      '555 s: 10 -> 10, metrics ask for 10, within-tolerance',
    ]);
  });
});
