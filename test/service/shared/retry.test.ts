import { AttemptTimeout, type RetryPolicy, withRetries } from '../../../service/shared/retry';
import { recordedWaiting } from '../../helpers/waiting';

const POLICY: RetryPolicy = {
  attempts: 4,
  attemptMs: 1_000,
  deadlineMs: 10_000,
  baseDelayMs: 100,
  maxDelayMs: 250,
};
const AGAIN = () => ({ retry: true });

/** Fails the given number of times. */
function flaky(failures: number) {
  let tries = 0;
  return async () => {
    tries += 1;
    if (tries <= failures) throw new Error(`try ${tries}`);
    return `works at try ${tries}`;
  };
}

it('gives what the first try that works gives', async () => {
  const waiting = recordedWaiting();
  expect(await withRetries(flaky(2), AGAIN, POLICY, waiting)).toBe('works at try 3');
  expect(waiting.waits).toEqual([50, 100]);
});

it.each([
  [0, [0, 0, 0]],
  [0.5, [50, 100, 125]],
  [0.999, [99.9, 199.8, 249.75]],
])('waits a part of bounds that double up to a highest one (chance %d)', async (random, waits) => {
  const waiting = recordedWaiting(random);
  await withRetries(flaky(3), AGAIN, POLICY, waiting);
  expect(waiting.waits).toEqual(waits);
});

it('throws the last error when the tries are used up', async () => {
  await expect(withRetries(flaky(9), AGAIN, POLICY, recordedWaiting())).rejects.toThrow('try 4');
});

it('throws a final error at once', async () => {
  const waiting = recordedWaiting();
  await expect(withRetries(flaky(9), () => ({ retry: false }), POLICY, waiting)).rejects.toThrow('try 1');
  expect(waiting.waits).toEqual([]);
});

it('waits as long as the service requests, beyond its own bound', async () => {
  const waiting = recordedWaiting();
  await withRetries(flaky(1), () => ({ retry: true, waitMs: 5_000 }), POLICY, waiting);
  expect(waiting.waits).toEqual([5_000]);
});

it('throws instead of waiting beyond the deadline', async () => {
  const waiting = recordedWaiting();
  const asked = () => ({ retry: true, waitMs: 6_000 });
  await expect(withRetries(flaky(9), asked, POLICY, waiting)).rejects.toThrow('try 2');
  expect(waiting.waits).toEqual([6_000]);
});

it('throws when the wait itself ends beyond the deadline', async () => {
  const waiting = recordedWaiting();
  const oversleeping = { ...waiting, sleep: (milliseconds: number) => waiting.sleep(milliseconds + 20_000) };
  await expect(withRetries(flaky(1), AGAIN, POLICY, oversleeping)).rejects.toThrow('try 1');
});

it('stops a try that takes too long, and tells it', async () => {
  let told = false;
  const slow = (signal: AbortSignal) =>
    new Promise<never>(() => {
      signal.addEventListener('abort', () => {
        told = true;
      });
    });
  const once = { ...POLICY, attempts: 1, attemptMs: 20 };
  await expect(withRetries(slow, AGAIN, once)).rejects.toBeInstanceOf(AttemptTimeout);
  expect(told).toBe(true);
});

it('gives a try no more time than the deadline leaves', async () => {
  const never = () => new Promise<never>(() => {});
  const short = { ...POLICY, attempts: 1, deadlineMs: 20, attemptMs: 60_000 };
  await expect(withRetries(never, AGAIN, short)).rejects.toThrow('no complete answer within 20 ms');
});

it('waits on the real clock unless told otherwise', async () => {
  expect(await withRetries(flaky(1), AGAIN, { ...POLICY, baseDelayMs: 1 })).toBe('works at try 2');
});
