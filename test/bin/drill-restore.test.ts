import { main } from '../../bin/drill-restore';
import { reportLines } from '../../bin/drill-restore/format-report';
import { compareRows, type DrillRow } from '../../bin/drill-restore/rows';
import { type DrillResult, problemsOf } from '../../bin/drill-restore/run-drill';
import { runMain } from '../helpers/run-main';

const row = (changes: Partial<DrillRow> = {}): DrillRow => ({
  ...{ id: 'a', tokens: 'm 1 2', rest: 'ada 0.1', reported: false, ended: true },
  ...changes,
});

test.each<[string, before: DrillRow[], after: DrillRow[], expected: object]>([
  ['the same row', [row()], [row()], { exact: 1 }],
  ['no row', [row()], [], { missing: ['a'] }],
  ['a row that has not ended', [row()], [row({ ended: false })], { missing: ['a'] }],
  ['a row that had not ended before either', [row({ ended: false })], [], { before: 0 }],
  ['other tokens', [row()], [row({ tokens: 'm 1 3' })], { different: ['a'] }],
  ['another user', [row()], [row({ rest: 'bob 0.1' })], { different: ['a'] }],
  ['another user, from the report', [row()], [row({ rest: 'unknown', reported: true })], { fromReport: 1 }],
  ['other tokens, from the report', [row()], [row({ tokens: '', reported: true })], { different: ['a'] }],
])('compares rows: %s', (_, before, after, expected) => {
  const none = { before: before.length, exact: 0, fromReport: 0, missing: [], different: [] };
  expect(compareRows(before, after)).toEqual({ ...none, ...expected });
});

const GOOD: Omit<DrillResult, 'problems'> = {
  ...{ lostSeconds: 5, restoreSeconds: 1, lostRows: 10, filled: 4, filledAgain: 0, sentAgain: 6 },
  gap: { journal: 2, former: 0, 'identity and report': 1, report: 1, start: 0 },
  migrationsAgain: ['0017_drill'],
  undone: ['key.revoke the-key'],
  rows: { before: 20, exact: 18, fromReport: 2, missing: [], different: [] },
  calls: { reached: 9, missing: [], twice: 0, active: 0 },
  sums: {
    budgets: { windows: 1, wrong: [], expiredShares: 0 },
    rollups: { hours: 3, wrong: [], waiting: 0 },
  },
};
const DISASTER = { revokedKey: 'the-key' };

test('a restore that brought everything back has passed', () => {
  const problems = problemsOf(GOOD, DISASTER);
  expect(problems).toEqual([]);
  expect(reportLines({ ...GOOD, problems }).at(-1)).toBe('passed');
});

test.each<[Partial<DrillResult>, string]>([
  [{ lostRows: 0 }, 'has shown nothing'],
  [{ gap: { ...GOOD.gap, journal: 0 } }, 'no row was filled from a journal'],
  [{ gap: { ...GOOD.gap, report: 0, 'identity and report': 0 } }, "from the provider's report"],
  [{ rows: { ...GOOD.rows, missing: ['a'] } }, '1 rows are missing'],
  [{ rows: { ...GOOD.rows, different: ['a'] } }, '1 rows have other values'],
  [{ calls: { ...GOOD.calls, missing: ['a'] } }, '1 calls that reached the provider have no row'],
  [{ calls: { ...GOOD.calls, twice: 1 } }, 'a second time'],
  [{ calls: { ...GOOD.calls, active: 1 } }, 'have not ended'],
  [{ filledAgain: 3 }, 'a second run of db:gap wrote 3 rows'],
  [{ migrationsAgain: [] }, 'was not applied again'],
  [{ undone: [] }, 'the revoked key is not in the list'],
  [{ sums: undefined }, 'a budget counts another sum'],
])('a restore with %j has failed', (changes, problem) => {
  const problems = problemsOf({ ...GOOD, ...changes }, DISASTER);
  expect(problems.join('\n')).toContain(problem);
  expect(reportLines({ ...GOOD, ...changes, problems }).at(-1)).toBe('FAILED');
});

test('fails with a wrong option, and prints its help', async () => {
  const { code, errors } = await runMain(main, '--seconds', '0');
  expect(code).toBe(1);
  expect(errors.join('\n')).toContain('--seconds must be a number between 1 and 30, got 0');
  expect((await runMain(main, '--help')).code).toBe(0);
});
