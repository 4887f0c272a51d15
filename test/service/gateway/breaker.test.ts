import fc from 'fast-check';
import { Breaker } from '../../../service/gateway/upstream/breaker';

/** Calls that all end the same way, one a millisecond from `from`. */
function calls(breaker: Breaker, count: number, outcome: 'succeeded' | 'failed', from = 0): void {
  for (let index = 0; index < count; index += 1) {
    expect(breaker.admit(from + index)).toBe(0);
    breaker[outcome](from + index);
  }
}

describe('the breaker of a provider', () => {
  test('opens when half of at least ten calls have failed', () => {
    const breaker = new Breaker();
    calls(breaker, 5, 'succeeded');
    calls(breaker, 4, 'failed', 5);
    // Nine calls would not be enough, also if all had failed.
    expect(breaker.state).toBe('closed');
    calls(breaker, 1, 'failed', 9);
    expect(breaker.state).toBe('open');
    expect(breaker.admit(10)).toBe(4999);
  });

  test('forgets failures that are older than its window', () => {
    const breaker = new Breaker();
    calls(breaker, 9, 'failed');
    calls(breaker, 1, 'failed', 40_000);
    expect(breaker.state).toBe('closed');
  });

  test('lets one trial through after its time, and closes when it succeeds', () => {
    const breaker = new Breaker();
    calls(breaker, 10, 'failed');
    expect(breaker.admit(5009)).toBe(0);
    expect(breaker.state).toBe('half-open');
    // The others wait for the trial.
    expect(breaker.admit(5010)).toBeGreaterThan(0);
    breaker.succeeded(5020);
    expect(breaker.state).toBe('closed');
    expect(breaker.admit(5021)).toBe(0);
  });

  test('stays open twice as long after each failed trial, at most its longest time', () => {
    const breaker = new Breaker({ longestOpenMs: 15_000 });
    calls(breaker, 10, 'failed');
    let now = 9;
    for (const openMs of [5000, 10_000, 15_000, 15_000]) {
      expect(breaker.admit(now)).toBe(openMs);
      now += openMs;
      expect(breaker.admit(now)).toBe(0);
      breaker.failed(now);
    }
  });

  test('takes the next caller for its trial when the first one left', () => {
    const breaker = new Breaker();
    calls(breaker, 10, 'failed');
    expect(breaker.admit(6000)).toBe(0);
    breaker.cancelled();
    expect(breaker.admit(6001)).toBe(0);
    expect(breaker.state).toBe('half-open');
  });

  test('never lets two trials through at once, whatever happens', () => {
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: 8000 }),
      outcome: fc.constantFrom('succeeded', 'failed', 'cancelled', 'none' as const),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const breaker = new Breaker({ leastCalls: 3 });
        let [now, trials] = [0, 0];
        for (const { waitMs, outcome } of steps) {
          now += waitMs;
          const wasClosed = breaker.state === 'closed';
          if (breaker.admit(now) > 0) continue;
          if (!wasClosed) trials += 1;
          expect(trials).toBeLessThanOrEqual(1);
          // A call without an outcome yet is under way; only one may be while the breaker is not closed.
          if (outcome === 'none' && !wasClosed) continue;
          if (outcome === 'none' || outcome === 'cancelled') breaker.cancelled();
          else breaker[outcome](now);
          if (!wasClosed) trials -= 1;
        }
      }),
    );
  });
});
