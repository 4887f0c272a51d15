import { ProviderError, type ProviderErrorKind } from '../../../service/gateway/providers/provider';
import {
  judgeError,
  judgeStatus,
  retryAfterMs,
  retryDelayMs,
} from '../../../service/gateway/upstream/retry-policy';

const NOW = new Date('2026-11-27T12:00:00Z');

describe('after an answer with an error status', () => {
  test.each([
    // The call is wrong: neither the same provider nor another one would take it.
    [400, {}, false, false, false],
    [401, {}, false, false, false],
    [404, {}, false, false, false],
    [422, {}, false, false, false],
    [408, {}, true, true, false],
    [429, {}, true, true, false],
    [429, { 'retry-after': '2' }, true, true, false],
    // A minute is too long to hold a caller; another provider may have room.
    [429, { 'retry-after': '60' }, false, true, false],
    [500, {}, true, true, true],
    [500, { 'x-should-retry': 'false' }, false, true, true],
    [503, {}, true, true, true],
    [529, {}, true, true, true],
  ])('%i %j: retry %s, fall back %s, failure %s', (status, headers, retry, fallBack, isFailure) => {
    expect(judgeStatus(status, headers, NOW)).toMatchObject({ retry, fallBack, isFailure });
  });
});

test.each<[ProviderErrorKind, boolean, boolean, boolean]>([
  ['connect', true, true, true],
  ['reset', true, true, true],
  ['malformed', true, true, true],
  ['timeout', false, true, true],
  ['unsupported', false, true, false],
  ['no-key', false, true, false],
])('after an attempt without an answer (%s): retry %s, fall back %s, failure %s', (kind, ...expected) => {
  const { retry, fallBack, isFailure } = judgeError(new ProviderError(kind, 'x'));
  expect([retry, fallBack, isFailure]).toEqual(expected);
});

test('an error that no provider caused ends the call', () => {
  expect(judgeError(new TypeError('x'))).toMatchObject({ retry: false, fallBack: false, isFailure: false });
});

test.each([
  [{}, 0],
  [{ 'retry-after': '3' }, 3000],
  [{ 'retry-after': 'Fri, 27 Nov 2026 12:00:05 GMT' }, 5000],
  [{ 'retry-after': 'Fri, 27 Nov 2026 11:00:00 GMT' }, 0],
  [{ 'retry-after': 'soon' }, 0],
  [{ 'retry-after-ms': '250', 'retry-after': '1' }, 250],
  [{ 'retry-after': '-1' }, 0],
])('a provider that says %j asks for a wait of %i ms', (headers, expected) => {
  expect(retryAfterMs(headers, NOW)).toBe(expected);
});

test('waits are random up to a bound that doubles, and at least what the provider asks for', () => {
  expect([1, 2, 3, 4].map((attempt) => retryDelayMs(attempt, 0, () => 1))).toEqual([250, 500, 1000, 2000]);
  expect(retryDelayMs(20, 0, () => 1)).toBe(8000);
  expect(retryDelayMs(1, 0, () => 0)).toBe(0);
  expect(retryDelayMs(1, 3000, () => 0.5)).toBe(3000);
});
