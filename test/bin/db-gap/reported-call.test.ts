import { readReport } from '../../../bin/db-gap/reported-call';

const ID = '019a8b3e-7c00-7000-8000-00000000000a';
const call = (changes: object = {}) => ({
  id: ID,
  model: 'large',
  tokens: { input: 1, output: 2 },
  ...changes,
});
const simulated = (changes: object = {}) => ({
  ...{ number: 1, path: '/v1/chat/completions', model: 'large', stream: false, key: ID },
  ...{ inputTokens: 5, outputTokens: 6, outcome: 'answered' },
  ...changes,
});
const read = (data: unknown) => readReport(JSON.stringify(data), 'report.json');

test.each([
  ['an array', JSON.stringify([call()])],
  ['an object with data', JSON.stringify({ object: 'list', data: [call()] })],
  ['NDJSON', `${JSON.stringify(call())}\n\n`],
])('reads %s', (_, text) => {
  const { calls, withoutId } = readReport(text, 'report.json');
  expect([...calls.values()]).toEqual([
    { id: ID, model: 'large', failed: false, tokens: { input: 1, output: 2 } },
  ]);
  expect(withoutId).toBe(0);
});

test("reads a provider's own usage, and ids in capitals", () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2 };
  expect(read([call({ id: ID.toUpperCase(), usage, tokens: undefined })]).calls.get(ID)).toMatchObject({
    usage,
  });
});

test('reads the list of the simulated provider', () => {
  const { calls } = read({ total: 1, data: [simulated()] });
  expect(calls.get(ID)).toEqual({ id: ID, model: 'large', failed: false, tokens: { input: 5, output: 6 } });
});

test.each([
  ['counts that make no rows', { path: '/v1/messages/count_tokens' }],
  ['calls under way', { outcome: 'open' }],
])('leaves out %s', (_, changes) => {
  expect(read([simulated(changes)]).calls.size).toBe(0);
  // Another call would be there.
  expect(read([simulated(changes), simulated()]).calls.size).toBe(1);
});

test.each([
  ['first', [simulated(), simulated({ outcome: 'error', inputTokens: 0 })]],
  ['last', [simulated({ outcome: 'error', inputTokens: 0 }), simulated()]],
])('of several attempts takes the one that succeeded, which came %s', (_, data) => {
  expect(read(data).calls.get(ID)).toMatchObject({ failed: false, tokens: { input: 5 } });
});

test('counts calls with a key of their own', () => {
  expect(read([call(), call({ id: 'order-17' }), simulated({ key: '' })])).toMatchObject({ withoutId: 2 });
});

test.each([
  ['{"id": 1', 'report.json, line 1 must be JSON, got {"id": 1'],
  [JSON.stringify([call(), { id: ID }]), 'report.json, call 2: model'],
  [JSON.stringify([call({ tokens: { input: -1, output: 0 } })]), 'report.json, call 1: tokens.input'],
])('fails on %s', (text, message) => {
  expect(() => readReport(text, 'report.json')).toThrow(message);
});
