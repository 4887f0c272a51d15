import { type StackPace, timeLeftMs } from '../../../bin/deploy/stacks/time-left';

const MINUTE = 60_000;

function pace(id: string, props: Partial<StackPace> = {}): StackPace {
  return { id, stackName: id.toLowerCase(), dependencies: [], isNew: true, state: 'waiting', ...props };
}

it.each<[string, StackPace[], number]>([
  ['nothing is left of stacks that are done', [pace('Data', { state: 'done' })], 0],
  ['stacks beside each other count once', [pace('Network'), pace('Edge')], 5],
  ['a stack waits for those before it', [pace('Network'), pace('Data', { dependencies: ['Network'] })], 30],
  ['time that has passed is over', [pace('Data', { state: { runningMs: 5 * MINUTE } })], 20],
  ['an update takes less than a creation', [pace('Data', { isNew: false })], 2],
  ['a late stack counts as nearly done', [pace('Network', { state: { runningMs: 99 * MINUTE } })], 0.25],
])('%s', (_, stacks, minutes) => {
  expect(timeLeftMs(stacks, {})).toBe(minutes * MINUTE);
});

it('prefers the median of earlier runs to the table', () => {
  const past = { data: { create: [MINUTE, 30 * MINUTE, 3 * MINUTE], update: [MINUTE, 3 * MINUTE] } };
  expect(timeLeftMs([pace('Data')], past)).toBe(3 * MINUTE);
  expect(timeLeftMs([pace('Data', { isNew: false })], past)).toBe(2 * MINUTE);
});
