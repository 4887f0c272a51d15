import { compare, type LedgerRow, problemsOf } from '../../bin/drill/calls/call-ledger';
import { main } from '../../bin/drill-gateway';
import { reportLines } from '../../bin/drill-gateway/format-report';
import { runMain } from '../helpers/run-main';

const row = (id: string, changes: Partial<LedgerRow> = {}): LedgerRow => ({
  ...{ id, status: 'completed', error_code: null, marker: null },
  ...{ cache_hit: false, input_tokens: 0, output_tokens: 0, cost_usd: '0' },
  ...changes,
});

describe('the comparison of a ledger with the calls of a provider', () => {
  test.each<[string, keys: string[], rows: LedgerRow[], problems: string[]]>([
    ['finds nothing wrong where each call has a row', ['a', 'b'], [row('a'), row('b')], []],
    ['counts a call that was tried several times once', ['a', 'a', 'a'], [row('a')], []],
    ['finds calls without a row', ['a', 'b'], [row('a')], ['1 calls that reached the provider have no row']],
    ['finds rows that are there twice', ['a'], [row('a'), row('a')], ['1 rows are there a second time']],
    ['finds rows that have not ended', ['a'], [row('a', { status: 'active' })], ['1 rows have not ended']],
    [
      'takes a failed row of a call that was never sent',
      [],
      [row('a', { status: 'failed', error_code: 'abandoned' })],
      [],
    ],
    [
      'finds a completed row of a call that was never sent',
      [],
      [row('a')],
      ['1 rows are completed, and the provider has not seen their calls'],
    ],
  ])('%s', (_, keys, rows, problems) => {
    expect(problemsOf(compare(keys, rows))).toEqual(problems);
  });

  test('counts calls, rows and those that were abandoned', () => {
    const rows = [row('a'), row('b', { status: 'failed', error_code: 'abandoned' })];
    expect(compare(['a', 'b', 'c'], rows)).toMatchObject({
      ...{ reached: 3, rows: 2, missing: ['c'], twice: 0, active: 0, abandoned: 1, unsent: [] },
    });
  });
});

test('the report names what has failed', () => {
  const result = { part: 'kill', seconds: 90, figures: { lost: 1200, through: 'NGINX' } } as const;
  expect(reportLines([{ ...result, problems: [] }])).toEqual([
    'kill: passed (90 s)',
    '  lost: 1,200',
    '  through: NGINX',
    '',
  ]);
  expect(reportLines([{ ...result, problems: ['1,200 calls are lost'] }])).toEqual([
    'kill: FAILED (90 s)',
    '  lost: 1,200',
    '  through: NGINX',
    '  problem: 1,200 calls are lost',
    '',
  ]);
});

test.each([
  [['--parts', 'earthquake'], '--parts must be one of kill, database-away, replace-pods'],
  [['--parts', 'kill,kill'], '--parts must name each part once, got kill twice'],
  [['--minutes', '0'], '--minutes must be a number between 0.05 and 600, got 0'],
  [['--readers', '0'], '--readers must be a whole number between 1 and 5000, got 0'],
])('fails with %j', async (argv, message) => {
  const { code, errors } = await runMain(main, ...argv);
  expect(code).toBe(1);
  expect(errors.join('\n')).toContain(message);
});
