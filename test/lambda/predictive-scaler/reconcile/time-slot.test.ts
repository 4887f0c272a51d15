import { slotOf } from '../../../../lambda/predictive-scaler/reconcile/time-slot';

it.each([
  ['due and delivered in the same minute', 1000, 1000, 1000],
  ['delivered late', 1000, 1003, 1000],
  ['delivered in the next slot', 1004, 1006, 1000],
  ['due a moment before our clock has it', 1005, 1004, 1005],
  ['due in the future', 5000, 1004, 1005],
  ['due long ago', 100, 1004, 100],
])('%s: due %i, now %i, slot %i', (_, scheduled, now, slot) => {
  expect(slotOf(scheduled, 5, now)).toBe(slot);
});
