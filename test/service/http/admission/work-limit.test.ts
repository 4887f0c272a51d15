import {
  FIRST_LIMIT,
  LEAST_LIMIT,
  MOST_LIMIT,
  nextLimit,
  TARGET_TURN_MS,
} from '../../../../service/http/admission/work-limit';

const FULL = { mostUnderWay: 128, wasFull: true };

test.each<[string, number, Parameters<typeof nextLimit>[1], number]>([
  ['stays at the target', 128, { turnMs: TARGET_TURN_MS, ...FULL }, 128],
  ['grows by target / measured while requests wait', 128, { turnMs: TARGET_TURN_MS * 0.8, ...FULL }, 160],
  ['grows by half at most', 128, { turnMs: 1, ...FULL }, 192],
  [
    'would be 160, but nobody waited for it',
    128,
    { turnMs: TARGET_TURN_MS * 0.8, mostUnderWay: 60, wasFull: false },
    128,
  ],
  [
    'falls by target / measured',
    200,
    { turnMs: TARGET_TURN_MS * 1.25, mostUnderWay: 200, wasFull: true },
    160,
  ],
  [
    'falls by half at most: one slow turn is none of the load',
    200,
    { turnMs: 900, mostUnderWay: 200, wasFull: true },
    100,
  ],
  [
    'falls from what was there, not from a limit far above',
    4000,
    { turnMs: TARGET_TURN_MS * 1.25, mostUnderWay: 500, wasFull: false },
    400,
  ],
  [
    'does not follow a few requests down',
    4000,
    { turnMs: TARGET_TURN_MS * 1.25, mostUnderWay: 3, wasFull: false },
    51,
  ],
  ['comes back to the first limit without load', 40, { turnMs: 2, mostUnderWay: 1, wasFull: false }, 60],
  [
    'would be 75, but without load the first limit will do',
    50,
    { turnMs: 2, mostUnderWay: 1, wasFull: false },
    FIRST_LIMIT,
  ],
  ['never falls below the least', 17, { turnMs: 900, mostUnderWay: 17, wasFull: true }, LEAST_LIMIT],
  ['never grows above the most', 4000, { turnMs: 1, mostUnderWay: 4000, wasFull: true }, MOST_LIMIT],
])('the limit %s', (_name, limit, seen, next) => {
  expect(nextLimit(limit, seen)).toBe(next);
});
