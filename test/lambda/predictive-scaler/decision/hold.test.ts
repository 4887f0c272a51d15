import { HOLD_MINUTES, type HoldInput, holdOf } from '../../../../lambda/predictive-scaler/decision/hold';

const input: HoldInput = {
  isDataMissing: false,
  isWaitingForTraining: false,
  isEventAhead: false,
  lastDataMinute: 0,
  nowMinute: HOLD_MINUTES,
};

it.each([
  ['with data the floor follows the decision', {}, 'none'],
  ['without data it is held', { isDataMissing: true }, 'held'],
  ['for two hours', { isDataMissing: true, nowMinute: HOLD_MINUTES + 1 }, 'lapsing'],
  ['unless an event sets it', { isDataMissing: true, isEventAhead: true, nowMinute: 999 }, 'none'],
  ['while models wait, for as long as they do', { isWaitingForTraining: true, nowMinute: 999 }, 'held'],
])('%s', (_, change, hold) => {
  expect(holdOf({ ...input, ...change })).toBe(hold);
});
