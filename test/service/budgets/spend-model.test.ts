import fc from 'fast-check';
import type { Reservation } from '../../../service/budgets/spend/reservation';
import { parseUsd } from '../../../service/prices/money';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import { BudgetLedger, USD, usd } from './budget-ledger';

/** A call of the model: what it may cost, what it does cost, and how far it is. */
interface Call {
  readonly id: string;
  readonly worst: bigint;
  readonly reservation: Reservation;
  actual: bigint;
  isSettled: boolean;
  isRecorded: boolean;
}

const which = fc.nat({ max: 30 });
const pod = fc.nat({ max: 1 });
/** Cents. */
const cents = fc.integer({ min: 1, max: 60 });

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('reserve' as const), pod, cents }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('settle' as const), which, percent: fc.nat({ max: 100 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('record' as const), which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('renew' as const), pod }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('keep' as const) }) },
);

describeWithServers('two pods under a limit of 2 USD', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let books: BudgetLedger;

  beforeAll(async () => {
    server = await TestServer.start();
    books = await BudgetLedger.open(server);
  });
  afterAll(async () => {
    await books?.close();
    await server?.remove();
  });

  test('never pass it, whatever order calls begin, end and reach the ledger in, and count each call once', async () => {
    let passed = 0;
    let refused = 0;
    const limit = 2n * USD;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        books.time = new Date('2026-11-15T12:30:00.000Z');
        const project = await books.ledger.project();
        const budget = await books.budget(project, { limit: '2' });
        const pods = [books.pod(), books.pod()] as const;
        const calls: Call[] = [];
        const record = async (call: Call) => {
          call.isRecorded = true;
          await books.record(project, Number(call.actual / 1_000_000n), { id: call.id });
        };
        for (const one of steps) {
          // Refusals are remembered for a moment.
          books.time = new Date(books.time.getTime() + 300);
          const call = 'which' in one ? calls[one.which % Math.max(1, calls.length)] : undefined;
          if (one.kind === 'reserve') {
            const worst = (BigInt(one.cents) * USD) / 100n;
            const asked = books.call(project, worst);
            const reservation = await pods[one.pod as 0 | 1].limits.reserve(asked).catch(() => null);
            if (reservation === null) refused += 1;
            else {
              passed += 1;
              calls.push({
                id: asked.callId,
                worst,
                reservation,
                actual: worst,
                isSettled: false,
                isRecorded: false,
              });
            }
          } else if (one.kind === 'settle' && call !== undefined && !call.isSettled && !call.isRecorded) {
            call.actual = ((call.worst / 1_000_000n) * BigInt(one.percent) * 1_000_000n) / 100n;
            call.actual -= call.actual % 1_000_000n;
            call.isSettled = true;
            call.reservation.settle(call.actual);
          } else if (one.kind === 'record' && call !== undefined && !call.isRecorded) await record(call);
          else if (one.kind === 'release' && call !== undefined && !call.isSettled && !call.isRecorded) {
            call.reservation.release();
            calls.splice(calls.indexOf(call), 1);
          } else if (one.kind === 'renew') await pods[one.pod as 0 | 1].limits.renew();
          else if (one.kind === 'keep') await pods[0].keeper.keep();
          // What calls may still cost, and what they have cost.
          const committed = calls.reduce((sum, { worst, actual, isSettled, isRecorded }) => {
            return sum + (isSettled || isRecorded ? actual : worst);
          }, 0n);
          expect(committed).toBeLessThanOrEqual(limit);
        }
        for (const call of calls) {
          if (!call.isRecorded) await record(call);
          if (!call.isSettled) call.reservation.settle(call.actual);
        }
        for (const { limits } of pods) await limits.close();
        const sum = calls.reduce((total, { actual }) => total + actual, 0n);
        const windows = await books.windows(budget);
        const [window = { spent: usd(0n), shares: '0' }] = windows;
        expect(parseUsd(String(window['spent']))).toBe(sum);
        expect(Number(window['shares'])).toBe(0);
        expect(pods.flatMap(({ errors }) => errors)).toEqual([]);
      }),
      { numRuns: 15 },
    );
    expect(passed).toBeGreaterThan(10);
    expect(refused).toBeGreaterThan(0);
  });
});
