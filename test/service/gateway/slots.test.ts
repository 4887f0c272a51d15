import fc from 'fast-check';
import { NoSlotError, Slots, SlotTimeoutError } from '../../../service/gateway/upstream/slots';

const NEVER = new AbortController().signal;
const LONG_MS = 60_000;

describe('the slots of a provider', () => {
  test('bound the calls under way; a slot that is given back goes to the first in the queue', async () => {
    const slots = new Slots(1, 10);
    const release = slots.tryTake();
    expect(slots.tryTake()).toBeUndefined();
    const order: number[] = [];
    const waiters = [1, 2].map((number) =>
      slots.wait(LONG_MS, NEVER).then((next) => {
        order.push(number);
        next();
      }),
    );
    expect(slots.waiting).toBe(2);
    release?.();
    release?.();
    await Promise.all(waiters);
    expect(order).toEqual([1, 2]);
    expect(slots.underWay).toBe(0);
  });

  test('refuse at once where the queue is full', async () => {
    const slots = new Slots(1, 0);
    slots.tryTake();
    await expect(slots.wait(LONG_MS, NEVER)).rejects.toThrow(NoSlotError);
  });

  test('end a wait after its time, and when the caller leaves', async () => {
    const slots = new Slots(1, 10);
    slots.tryTake();
    await expect(slots.wait(1, NEVER)).rejects.toThrow(SlotTimeoutError);
    const left = new AbortController();
    const waiting = slots.wait(LONG_MS, left.signal);
    left.abort(new Error('the caller left'));
    await expect(waiting).rejects.toThrow('the caller left');
    await expect(slots.wait(LONG_MS, left.signal)).rejects.toThrow('the caller left');
    expect(slots.waiting).toBe(0);
  });

  test('never lend more than there are, and lose none', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.constantFrom('take', 'give', 'leave' as const), { maxLength: 60 }),
        async (most, steps) => {
          const slots = new Slots(most, 100);
          const lent: (() => void)[] = [];
          const waits: { readonly left: AbortController; readonly done: Promise<unknown> }[] = [];
          for (const step of steps) {
            if (step === 'take') {
              const left = new AbortController();
              const taken = slots.tryTake();
              if (taken !== undefined) lent.push(taken);
              else {
                const done = slots.wait(LONG_MS, left.signal).then(
                  (release) => lent.push(release),
                  () => undefined,
                );
                waits.push({ left, done });
              }
            } else if (step === 'give') lent.shift()?.();
            else waits.shift()?.left.abort();
            await Promise.resolve();
            expect(slots.underWay).toBeLessThanOrEqual(most);
          }
          while (slots.underWay > 0) {
            lent.shift()?.();
            await new Promise((resolve) => setImmediate(resolve));
          }
          expect(slots.waiting).toBe(0);
          await Promise.all(waits.map(({ done }) => done));
        },
      ),
      { numRuns: 50 },
    );
  });
});
