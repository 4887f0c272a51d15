import { Pool as PgPool } from 'pg';
import { BudgetExceededError, UnpricedModelError } from '../../../service/budgets/spend/errors';
import type { Reservation } from '../../../service/budgets/spend/reservation';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import { poolOf } from '../requests/ledger';
import { BudgetLedger, type Project, USD, usd } from './budget-ledger';

describeWithServers('limits of spending', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let books: BudgetLedger;
  let project: Project;

  beforeAll(async () => {
    server = await TestServer.start();
    books = await BudgetLedger.open(server);
  });
  beforeEach(async () => {
    books.time = new Date('2026-11-15T12:30:00.000Z');
    project = await books.ledger.project();
  });
  afterAll(async () => {
    await books?.close();
    await server?.remove();
  });

  test('let 500 calls at once over two pods pass a limit that has room for 10 at most 10 times, to the last digit', async () => {
    const budget = await books.budget(project, { limit: '1' });
    const pg = new PgPool({ ...server.superuser(books.ledger.name), max: 2 });
    const { database } = books.ledger;
    const pods = [books.pod(), books.pod({ ...database, reads: poolOf(pg), writes: poolOf(pg) })];
    const worst = USD / 10n;
    const asked = Array.from({ length: 500 }, (_, index) => {
      const call = books.call(project, worst);
      return pods[index % 2]?.limits.reserve(call).then((reservation) => ({ call, reservation }));
    });
    const outcomes = await Promise.allSettled(asked);
    const passed = outcomes.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []));
    const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(passed.length).toBeGreaterThanOrEqual(1);
    expect(passed.length).toBeLessThanOrEqual(10);
    for (const error of refused) expect(error).toBeInstanceOf(BudgetExceededError);
    // Each costs another amount, with as many decimals as a cost has.
    let sum = 0n;
    for (const [index, { call, reservation }] of passed.entries()) {
      const tokens = 70_001 + index;
      sum += BigInt(tokens) * 1_000_000n;
      await books.record(project, tokens, { id: call.callId });
      reservation?.settle(BigInt(tokens) * 1_000_000n);
    }
    for (const { limits } of pods) await limits.close();
    expect(await books.windows(budget)).toMatchObject([{ spent: usd(sum), shares: '0.000000000000' }]);
    expect(pods.flatMap(({ events }) => events)).toEqual(['limit']);
    await pg.end();
  });

  test('cost nothing where no budget applies', async () => {
    await books.budget(await books.ledger.project(), { limit: '0' });
    await books.budget(project, { warning: '0' });
    await books.budget(project, { scope: 'user', subject: 'bob', limit: '0' });
    await books.budget(project, {
      scope: 'key',
      subject: '0d0d0d0d-0000-7000-8000-000000000000',
      limit: '0',
    });
    const { limits } = books.pod();
    expect(await limits.reserve(books.call(project, USD))).toBeNull();
    await expect(limits.reserve(books.call(project, USD, 'bob'))).rejects.toMatchObject({ scope: 'user' });
  });

  test('say what is spent, held and allowed, and when the budget begins again', async () => {
    const budget = await books.budget(project, { limit: '1.5', timeZone: 'Europe/Berlin' });
    await books.record(project, 250_000);
    const { limits } = books.pod();
    await limits.reserve(books.call(project, USD));
    const refused = limits.reserve(books.call(project, USD / 2n));
    await expect(refused).rejects.toMatchObject({
      ...{ budget, scope: 'project', period: 'day', limitUsd: '1.5000000000', spentUsd: '0.2500000000' },
      resetsAt: new Date('2026-11-15T23:00:00.000Z'),
      // Only the call under way keeps it out.
      retryAfterSeconds: 5,
    });
    // The same again at once, without a question to the database.
    await expect(limits.reserve(books.call(project, USD / 2n))).rejects.toBeInstanceOf(BudgetExceededError);
    const tooMuch = limits.reserve(books.call(project, 2n * USD));
    await expect(tooMuch).rejects.toMatchObject({ retryAfterSeconds: 10.5 * 3600 });
  });

  test('hold a call in all its budgets, or in none', async () => {
    const wide = await books.budget(project, { limit: '100' });
    await books.budget(project, { scope: 'key', subject: project.keyId, limit: '1', period: 'month' });
    const { limits } = books.pod();
    await expect(limits.reserve(books.call(project, 2n * USD))).rejects.toMatchObject({ scope: 'key' });
    await limits.close();
    expect(await books.windows(wide)).toMatchObject([{ shares: '0.000000000000' }]);
  });

  test('hold the actual cost until the ledger has the row, and not a moment less', async () => {
    const budget = await books.budget(project, { limit: '1' });
    const { limits } = books.pod();
    const call = books.call(project, (9n * USD) / 10n);
    const reservation = await limits.reserve(call);
    reservation?.settle((6n * USD) / 10n);
    await expect(limits.reserve(books.call(project, USD / 2n))).rejects.toMatchObject({ spentUsd: usd(0n) });
    expect(limits.counts).toEqual({ open: 0, settled: 1 });
    await books.record(project, 600_000, { id: call.callId });
    await limits.renew();
    expect(limits.counts).toEqual({ open: 0, settled: 0 });
    await limits.close();
    expect(await books.windows(budget)).toMatchObject([{ spent: '0.6000000000', shares: '0.000000000000' }]);
  });

  test('count a call that costs more than its worst case', async () => {
    const budget = await books.budget(project, { limit: '1' });
    const { limits } = books.pod();
    const call = books.call(project, USD / 10n);
    (await limits.reserve(call))?.settle(2n * USD);
    books.time = new Date(books.time.getTime() + 300);
    await expect(limits.reserve(books.call(project, 1n))).rejects.toBeInstanceOf(BudgetExceededError);
    await books.record(project, 2_000_000, { id: call.callId });
    await limits.renew();
    books.time = new Date(books.time.getTime() + 300);
    await expect(limits.reserve(books.call(project, 1n))).rejects.toMatchObject({ spentUsd: usd(2n * USD) });
    await limits.close();
    expect(await books.windows(budget)).toMatchObject([{ shares: '0.000000000000' }]);
  });

  test('give everything back for a call that reached no provider', async () => {
    await books.budget(project, { limit: '1' });
    const { limits } = books.pod();
    const first = await limits.reserve(books.call(project, USD));
    first?.release();
    first?.settle(USD);
    expect(await limits.reserve(books.call(project, USD))).not.toBeNull();
  });

  test('refuse a model without a price, unless the project allows it and the limit is not used up', async () => {
    await books.budget(project, { limit: '1' });
    const { limits } = books.pod();
    const unpriced = () => limits.reserve(books.call(project, null));
    await expect(unpriced()).rejects.toBeInstanceOf(UnpricedModelError);
    await books.ledger.rows('UPDATE projects SET allow_unpriced = true WHERE id = $1', [project.projectId]);
    limits.forget(project.projectId);
    const allowed = (await unpriced()) as Reservation;
    allowed.settle(null);
    await books.record(project, 1_000_000);
    await limits.renew();
    await expect(unpriced()).rejects.toBeInstanceOf(BudgetExceededError);
  });

  test('return what a dead pod held a minute after its last sign', async () => {
    const budget = await books.budget(project, { limit: '1' });
    const [dead, alive] = [books.pod(), books.pod()];
    await dead.limits.reserve(books.call(project, USD));
    await expect(alive.limits.reserve(books.call(project, USD))).rejects.toBeInstanceOf(BudgetExceededError);
    await books.ledger.rows(
      `UPDATE budget_shares SET lease_until = lease_until - interval '61 seconds' WHERE budget_id = $1`,
      [budget],
    );
    books.time = new Date(books.time.getTime() + 61_000);
    expect(await alive.limits.reserve(books.call(project, USD))).not.toBeNull();
    // The pod that was only cut off does not spend what it has lost.
    await expect(dead.limits.reserve(books.call(project, 1n))).rejects.toBeInstanceOf(BudgetExceededError);
  });

  test('begin again at midnight of the zone, and count a call in the window of its start', async () => {
    books.time = new Date('2026-11-15T22:59:59.000Z');
    const budget = await books.budget(project, { limit: '1', timeZone: 'Europe/Berlin' });
    const { limits } = books.pod();
    const call = books.call(project, USD);
    const reservation = await limits.reserve(call);
    books.time = new Date('2026-11-15T23:00:00.000Z');
    expect(await limits.reserve(books.call(project, USD))).not.toBeNull();
    await books.record(project, 1_000_000, { id: call.callId });
    reservation?.settle(USD);
    await limits.renew();
    expect(await books.windows(budget)).toMatchObject([
      { starts_at: new Date('2026-11-14T23:00:00.000Z'), spent: '1.0000000000', shares: '0.000000000000' },
      { starts_at: new Date('2026-11-15T23:00:00.000Z'), spent: '0.0000000000', shares: '1.000000000000' },
    ]);
  });

  test('go on without the database where no budget applies, and refuse calls under a limit', async () => {
    await books.budget(project, { scope: 'user', subject: 'bob', limit: '1' });
    let isAway = false;
    const asked = <T>(work: () => Promise<T>) => (isAway ? Promise.reject(new Error('away')) : work());
    const { database } = books.ledger;
    const pool = {
      ...database.writes,
      query: ((...call: Parameters<typeof database.writes.query>) =>
        asked(() => database.writes.query(...call))) as typeof database.writes.query,
      transaction: ((work) =>
        asked(() => database.writes.transaction(work))) as typeof database.writes.transaction,
    };
    const { limits } = books.pod({ ...database, reads: pool, writes: pool });
    await limits.reserve(books.call(project, 1n, 'ann'));
    isAway = true;
    const unavailable = { name: 'BudgetsUnavailableError', retryAfterSeconds: 2 };
    await expect(limits.reserve(books.call(project, 1n, 'bob'))).rejects.toMatchObject(unavailable);
    books.time = new Date(books.time.getTime() + 20_000);
    await expect(limits.reserve(books.call(project, 1n, 'bob'))).rejects.toMatchObject(unavailable);
    expect(await limits.reserve(books.call(project, 1n, 'ann'))).toBeNull();
    isAway = false;
    expect(await limits.reserve(books.call(project, 1n, 'bob'))).not.toBeNull();
  });

  test('let calls through from the share of the pod, without a question each', async () => {
    await books.budget(project, { limit: '1000' });
    const { database } = books.ledger;
    const transaction = jest.spyOn(database.writes, 'transaction');
    const { limits } = books.pod();
    // The first asks; what came in a second is then taken in advance.
    await Promise.all(Array.from({ length: 100 }, () => limits.reserve(books.call(project, USD / 100n))));
    transaction.mockClear();
    for (let count = 0; count < 100; count += 1) await limits.reserve(books.call(project, USD / 100n));
    expect(transaction).not.toHaveBeenCalled();
    transaction.mockRestore();
  });
});
