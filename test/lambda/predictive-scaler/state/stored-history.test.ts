import type { EventWindow } from '../../../../lambda/predictive-scaler/decision/planned-events';
import { modelHistory } from '../../../../lambda/predictive-scaler/reconcile/model-history';
import { HISTORY_MINUTES, mergeHistory } from '../../../../lambda/predictive-scaler/state/stored-history';

const ORIGIN = 20 * 1440;
const FIRST = ORIGIN - HISTORY_MINUTES;

describe('the stored history', () => {
  test('is a grid of 15 days with gaps for unknown loads', () => {
    const { loads, firstMinute } = mergeHistory(undefined, [{ minute: ORIGIN - 10, load: 7 }], 5, ORIGIN);
    expect([firstMinute, loads.length, loads.at(-2)]).toEqual([FIRST, 4320, 7]);
    expect(loads.filter((load) => !Number.isNaN(load))).toHaveLength(1);
  });

  test('drops the oldest loads, replaces those measured again, and keeps the others', () => {
    const first = [0, 5, 10].map((minute) => ({ minute: FIRST + minute, load: minute }));
    const kept = mergeHistory(undefined, first, 5, ORIGIN);
    const { loads } = mergeHistory(kept, [{ minute: FIRST + 5, load: 99 }], 5, ORIGIN + 5);
    expect([loads[0], loads[1]]).toEqual([99, 10]);
  });

  test('has nothing of the future, and no loads that are none', () => {
    const odd = [
      { minute: ORIGIN, load: 1 },
      { minute: ORIGIN + 60, load: 1 },
      { minute: FIRST - 5, load: 1 },
      { minute: ORIGIN - 5, load: -1 },
      { minute: ORIGIN - 10, load: Number.POSITIVE_INFINITY },
    ];
    expect(mergeHistory(undefined, odd, 5, ORIGIN).loads.every(Number.isNaN)).toBe(true);
  });

  test('of another step width is of no use', () => {
    const kept = mergeHistory(undefined, [{ minute: ORIGIN - 10, load: 7 }], 1, ORIGIN);
    expect(mergeHistory(kept, [], 5, ORIGIN).loads.every(Number.isNaN)).toBe(true);
  });

  test('also after the clock has gone back', () => {
    const kept = mergeHistory(undefined, [{ minute: ORIGIN - 10, load: 7 }], 5, ORIGIN);
    expect(mergeHistory(kept, [], 5, ORIGIN - 5).loads.at(-1)).toBe(7);
  });
});

describe('what models see of an excluded window', () => {
  const samples = Array.from({ length: 3 * 288 }, (_, index) => ({
    minute: ORIGIN - 3 * 1440 + 5 * index,
    load: 1,
  }));
  const kept = mergeHistory(undefined, samples, 5, ORIGIN);
  const window = (startMinute: number, excludeFromTraining = true): EventWindow => ({
    name: 'sale',
    startMinute,
    endMinute: startMinute + 60,
    multiplier: 1,
    minReplicas: 0,
    excludeFromTraining,
  });
  /** Models were last trained six hours before the origin. */
  const TRAINING_MINUTE = 1080;
  const at = (event: EventWindow) =>
    modelHistory(kept, [event], ORIGIN, TRAINING_MINUTE).at(event.startMinute / 5);

  it.each([
    ['before their training: nothing', window(ORIGIN - 600), Number.NaN],
    ['after it: all, for a forecast starts from there', window(ORIGIN - 300), 1],
    ['that is not excluded: all', window(ORIGIN - 600, false), 1],
  ])('%s', (_, event, load) => {
    expect(at(event)).toBe(load);
  });
});
