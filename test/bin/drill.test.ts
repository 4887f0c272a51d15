import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../bin/drill';
import type { Answer, Outcome } from '../../bin/drill/answer';
import type { LedgerRow, ProviderCall } from '../../bin/drill/calls/call-ledger';
import { isWhole, KINDS, type Kind, newCall } from '../../bin/drill/calls/gateway-calls';
import { type ClientFigures, ClientLog } from '../../bin/drill/client-log';
import { type CallCounts, countCalls } from '../../bin/drill/compare';
import { DEFINITIONS } from '../../bin/drill/faults/definitions';
import { shiftedClock } from '../../bin/drill/faults/pods';
import { reportLines } from '../../bin/drill/format-report';
import { type FaultResult, problemsOfFault } from '../../bin/drill/judge';
import { FAULTS, type FaultPromise, PROMISES, promiseText } from '../../bin/drill/promises';
import { type DrillResult, isPassed } from '../../bin/drill/run-drill';
import { ROOT } from '../helpers/commands';
import { runMain } from '../helpers/run-main';

const call = (key: string, changes: Partial<ProviderCall> = {}): ProviderCall => ({
  ...{ key, model: 'gpt-4o-mini', inputTokens: 10, outputTokens: 20, outcome: 'answered' },
  ...changes,
});
/** 10 x 0.15 + 20 x 0.60 USD a million. */
const row = (id: string, changes: Partial<LedgerRow> = {}): LedgerRow => ({
  ...{ id, status: 'completed', error_code: null, marker: `m-${id}`, cache_hit: false },
  ...{ input_tokens: 10, output_tokens: 20, cost_usd: '0.0000135000' },
  ...changes,
});

describe('the comparison of calls, their rows and their costs', () => {
  test.each<[string, string[], ProviderCall[], LedgerRow[], object]>([
    ['a call with its row', ['m-a'], [call('a')], [row('a')], { lost: 0, twice: 0, invented: 0 }],
    ['a call without a row', [], [call('a')], [], { lost: 1 }],
    ['an answer without a row', ['m-b'], [call('a')], [row('a')], { lost: 1 }],
    ['a hit: an answer without a call', ['m-a'], [], [row('a', { cache_hit: true })], { lost: 0, hits: 1 }],
    ['a completed row without a call or a hit', ['m-a'], [], [row('a')], { invented: 1 }],
    ['two rows of one marker', ['m-a'], [call('a')], [row('a'), row('b', { marker: 'm-a' })], { twice: 1 }],
    ['one row twice', ['m-a'], [call('a')], [row('a'), row('a')], { twice: 1 }],
    ['a second answer of the provider', ['m-a'], [call('a'), call('a')], [row('a')], { twice: 1 }],
    [
      'an attempt that failed before',
      [],
      [call('a', { outcome: 'error' }), call('a')],
      [row('a')],
      { twice: 0 },
    ],
    ['a row that has not ended', [], [call('a')], [row('a', { status: 'active' })], { active: 1, lost: 0 }],
  ])('%s', (_, answered, calls, rows, expected) => {
    expect(countCalls(new Set(answered), calls, rows)).toMatchObject(expected);
  });

  test.each<[string, ProviderCall[], LedgerRow[], object]>([
    ['the same', [call('a')], [row('a')], { calls: 1, differing: [], ledgerUsd: '0.0000135000' }],
    ['a cost that is too low', [call('a')], [row('a', { cost_usd: '0.0000134999' })], { differing: ['a'] }],
    ['a cost of 0', [call('a')], [row('a', { cost_usd: '0.0000000000' })], { differing: ['a'] }],
    ['other tokens at the same cost', [call('a')], [row('a', { input_tokens: 11 })], { differing: ['a'] }],
    [
      'the other model',
      [call('a', { model: 'claude-haiku-4-5' })],
      [row('a', { cost_usd: '0.0001100000' })],
      { differing: [], providerUsd: '0.0001100000' },
    ],
    [
      'a model without a price, which costs 0',
      [call('a', { model: 'gpt-4o-mini-sim-latency-20' })],
      [row('a', { cost_usd: '0.0000000000' })],
      { differing: [] },
    ],
    [
      'a cost of what was not answered',
      [call('a', { outcome: 'broken' })],
      [row('a')],
      { unanswered: ['a'] },
    ],
    [
      'an estimate of an answered call',
      [call('a')],
      [row('a', { status: 'failed', cost_usd: '1.0000000000' })],
      { calls: 0, differing: [], estimated: 1 },
    ],
  ])('costs: %s', (_, calls, rows, expected) => {
    expect(countCalls(new Set(), calls, rows).cost).toMatchObject(expected);
  });
});

describe('the log of clients', () => {
  const answer = (outcome: Outcome, sentMs: number, endedMs: number): Answer => ({
    outcome,
    sentMs,
    endedMs,
  });

  test('measures the longest time without a success, also before the first and after the last one', () => {
    const silent = (answers: Answer[], endMs: number) => {
      const log = new ClientLog(0);
      for (const one of answers) log.take(one);
      return log.figures(endMs).silentMs;
    };
    const seldom = [answer('200', 0, 10), answer('503', 10, 500), answer('201', 500, 900)];
    expect(silent(seldom, 900)).toBe(890);
    expect(silent([answer('503', 0, 400)], 700)).toBe(700);
    expect(silent([answer('200', 0, 300), answer('200', 300, 310)], 320)).toBe(300);
    expect(silent(seldom, 3000)).toBe(2100);
  });

  test('counts the time after the repair from its begin, and no request that was sent before it', () => {
    const log = new ClientLog(0);
    log.repair(1000);
    log.take(answer('200', 900, 1100));
    expect(log.figures(1200)).toMatchObject({ backMs: null, isCalm: false });
    log.take(answer('200', 1150, 1300));
    expect(log.figures(1300)).toMatchObject({ backMs: 300, isCalm: true });
    log.take(answer('503', 1300, 1400));
    expect(log.figures(2300)).toMatchObject({ backMs: 300, isCalm: false });
    expect(log.figures(2400)).toMatchObject({ isCalm: true });
  });

  test('counts outcomes, and missing answers by reason', () => {
    const log = new ClientLog(0);
    for (const outcome of ['200', '503', 'cut', 'cut'] as const) log.take(answer(outcome, 0, 1));
    log.take({ ...answer('cut', 0, 1), reason: 'UND_ERR_SOCKET: other side closed' });
    expect(log.figures(1)).toMatchObject({
      outcomes: { '200': 1, '503': 1, cut: 3 },
      cuts: { 'the answer broke off': 2, 'UND_ERR_SOCKET: other side closed': 1 },
    });
  });
});

const SEEN: ClientFigures = { outcomes: { '200': 9 }, silentMs: 100, backMs: 50, isCalm: true, cuts: {} };
const COUNTED: CallCounts = countCalls(new Set(['m-a']), [call('a')], [row('a')]);
const RESULT: FaultResult = {
  ...{ fault: 'database-stopped', lastedSeconds: 21, crashed: [], missing: null },
  records: { sent: 5, toldStored: 5, stored: 5, lost: 0, twice: 0, refused: 0, answers: {} },
  calls: COUNTED,
  clients: { records: SEEN, calls: SEEN, questions: SEEN },
};
const PROMISE: FaultPromise = {
  records: { mayFail: ['503'], silentSeconds: 5 },
  calls: { mayFail: [], silentSeconds: 5 },
  questions: { mayFail: [], silentSeconds: 5 },
  backSeconds: 1,
};

describe('the judgement of a fault', () => {
  const records = (changes: Partial<FaultResult['records']>) => ({
    records: { ...RESULT.records, ...changes },
  });
  const calls = (changes: Partial<CallCounts>) => ({ calls: { ...COUNTED, ...changes } });
  const cost = (changes: Partial<CallCounts['cost']>) => calls({ cost: { ...COUNTED.cost, ...changes } });
  const seen = (kind: 'records' | 'calls', changes: Partial<ClientFigures>) => ({
    clients: { ...RESULT.clients, [kind]: { ...SEEN, ...changes } },
  });

  test.each<[string, Partial<FaultResult>, string[]]>([
    ['nothing where all is as promised', {}, []],
    ['nothing where a failure is promised', seen('records', { outcomes: { '503': 2, '201': 1 } }), []],
    [
      'a failure that others may see',
      seen('calls', { outcomes: { '503': 2 } }),
      ['calls: 2 saw 503, which is not promised'],
    ],
    [
      'a 503 that does not say when to come back',
      seen('records', { outcomes: { '503 without Retry-After': 1 } }),
      ['records: 1 saw 503 without Retry-After, which is not promised'],
    ],
    ['lost records', records({ lost: 1 }), ['1 records were called stored, and are not']],
    ['records that are there twice', records({ twice: 2 }), ['2 records have two rows']],
    ['refused records', records({ refused: 1 }), ['1 valid records were refused']],
    ['a drill without records', records({ sent: 0 }), ['no records were sent']],
    ['lost calls', calls({ lost: 1 }), ['1 calls have no row']],
    ['calls twice', calls({ twice: 1 }), ['1 calls have two rows or two answers of the provider']],
    ['calls without an end', calls({ active: 1 }), ['1 calls have not ended in the ledger']],
    ['other costs', cost({ differing: ['a'] }), ['1 rows have another cost than the provider would bill']],
    [
      'costs for nothing',
      cost({ unanswered: ['a'] }),
      ['1 rows are completed, and the provider has not answered their calls whole'],
    ],
    [
      'silence',
      seen('records', { silentMs: 5100 }),
      ['records: no success for 5.1 s, promised are at most 5 s'],
    ],
    ['silence at the bound', seen('records', { silentMs: 5000 }), []],
    ['a late success', seen('calls', { backMs: 1100 }), ['calls: a success only 1.1 s after the repair']],
    ['no success', seen('calls', { backMs: null }), ['calls: no success after the repair']],
    ['failures that go on', seen('calls', { isCalm: false }), ['calls: failures went on after the repair']],
    ['a crash', { crashed: ['api-1 (exit code 1)'] }, ['api-1 (exit code 1) ended by itself']],
    ['no fault', { missing: 'no refresh ran' }, ['the fault did not take place: no refresh ran']],
  ])('finds %s', (_, changes, problems) => {
    expect(problemsOfFault({ ...RESULT, ...changes }, PROMISE)).toEqual(problems);
  });

  test('wants to see the outcome that shows the fault', () => {
    const promise: FaultPromise = { ...PROMISE, sees: { client: 'records', outcome: '503' } };
    expect(problemsOfFault(RESULT, promise)).toEqual(['the fault did not take place: no records saw 503']);
    const failed = { ...RESULT, ...seen('records', { outcomes: { '201': 1, '503': 1 } }) };
    expect(problemsOfFault(failed, promise)).toEqual([]);
  });
});

test('the report has a line for each fault, its problems, and what was skipped', () => {
  const result: DrillResult = {
    faults: [{ ...RESULT, title: 'PostgreSQL is stopped', problems: ['1 calls have no row'] }],
    skipped: [{ fault: 'cache-away', needs: 'Valkey' }],
    ...{ through: 'NGINX', rollups: [{ rows: 7, counted: 7 }], seconds: 30 },
  };
  const lines = reportLines(result);
  expect(lines[1]).toMatch(/^PostgreSQL is stopped +21\.0 s +5 +1 +0 +0 .*BROKEN$/);
  expect(lines).toEqual(
    expect.arrayContaining([
      'database-stopped: 1 calls have no row',
      'cache-away: skipped, because Valkey is not installed',
      'roll-ups: 7 of 7 requests of the ended hours',
    ]),
  );
  expect(isPassed(result)).toBe(false);
  const kept = { ...result, faults: [{ ...RESULT, title: '', problems: [] }] };
  expect(isPassed(kept)).toBe(true);
  expect(isPassed({ ...kept, rollups: [{ rows: 7, counted: 6 }] })).toBe(false);
});

describe('calls of a drill', () => {
  test.each(Object.keys(KINDS) as Kind[])('%s: only a whole answer counts', (kind) => {
    const { stream, api } = KINDS[kind];
    const end = api === 'anthropic' ? 'event: message_stop\ndata: {}\n\n' : 'data: [DONE]\n\n';
    expect(isWhole(kind, `data: {}\n\n${end}`)).toBe(true);
    expect(isWhole(kind, 'data: {}\n\n')).toBe(!stream);
  });

  test('only those that may be kept have the same body again', () => {
    const bodies = (kind: Kind) =>
      new Set(Array.from({ length: 50 }, () => newCall(kind, 60, 'x.').body)).size;
    expect(bodies('kept chat completion')).toBeLessThanOrEqual(10);
    expect(JSON.parse(newCall('kept chat completion', 60).body).temperature).toBe(0);
    expect(JSON.parse(newCall('chat completion', 60).body).temperature).toBe(1);
  });
});

test('the clock of a process is shifted, and given times are not', () => {
  const script =
    'console.log(Date.now(), new Date().getTime(), new Date(5).getTime(), new Date() instanceof Date)';
  const before = Date.now();
  const args = [...shiftedClock(-3_600_000), '--eval', script];
  const out = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [now, made, given, isDate] = out.trim().split(' ');
  expect(Number(now)).toBeGreaterThanOrEqual(before - 3_600_000);
  expect(Number(now)).toBeLessThan(before - 3_000_000);
  expect(Number(made)).toBeLessThan(before - 3_000_000);
  expect([given, isDate]).toEqual(['5', 'true']);
});

describe('docs/reliability.md', () => {
  const page = readFileSync(join(ROOT, 'docs/reliability.md'), 'utf8');
  const entries = new Map(
    page
      .split(/^## /m)
      .slice(1)
      .map((section) => [String(section.split('\n')[0]), section.replaceAll('\n', ' ')]),
  );

  test.each(FAULTS)(
    '%s: says what happens, what clients see, how to see it, and the promise of the table',
    (name) => {
      const entry = entries.get(name) ?? '';
      for (const part of ['What happens', 'What clients see', 'How to see it'])
        expect(entry).toContain(`**${part}.**`);
      expect(entry).toContain(`**Promise.** ${promiseText(PROMISES[name])}.`);
    },
  );

  test('has an entry for each fault and no other', () => {
    const named = [...entries.keys()].filter((name) => /^[a-z]+(-[a-z]+)+$/.test(name));
    expect(named).toEqual(FAULTS);
    expect(Object.keys(DEFINITIONS)).toEqual(FAULTS);
  });
});

test.each([
  [['--only', 'earthquake'], '--only must be one of database-stopped, connections-killed'],
  [['--only', 'cache-away,cache-away'], '--only must name each fault once, got cache-away twice'],
  [['--seconds', '0'], '--seconds must be a number between 1 and 600, got 0'],
])('fails with %j', async (argv, message) => {
  const { code, errors } = await runMain(main, ...argv);
  expect(code).toBe(1);
  expect(errors.join('\n')).toContain(message);
});
