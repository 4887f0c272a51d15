import fc from 'fast-check';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import { BudgetLedger, type Project, type TestBudget } from './budget-ledger';

/** Something that changes the ledger, or what is kept of it. */
type Step =
  | {
      readonly kind: 'send';
      readonly tokens: number;
      readonly user: string;
      readonly hoursAgo: number;
      readonly model: string;
    }
  | { readonly kind: 'start'; readonly user: string; readonly hoursAgo: number }
  | { readonly kind: 'abandon' | 'end'; readonly which: number; readonly tokens: number }
  | { readonly kind: 'reprice'; readonly which: number; readonly cost: number }
  | { readonly kind: 'budget'; readonly which: number }
  | { readonly kind: 'keep' }
  | { readonly kind: 'pass'; readonly hours: number };

const which = fc.nat({ max: 50 });
const tokens = fc.integer({ min: 1, max: 1_000_000 });
const user = fc.constantFrom('ann', 'bob');
const hoursAgo = fc.integer({ min: 0, max: 40 });

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('send' as const),
    tokens,
    user,
    hoursAgo,
    model: fc.constantFrom('m', 'unknown'),
  }),
  fc.record({ kind: fc.constant('start' as const), user, hoursAgo }),
  fc.record({ kind: fc.constantFrom('abandon' as const, 'end' as const), which, tokens }),
  fc.record({ kind: fc.constant('reprice' as const), which, cost: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ kind: fc.constant('budget' as const), which }),
  fc.record({ kind: fc.constant('keep' as const) }),
  fc.record({ kind: fc.constant('pass' as const), hours: fc.integer({ min: 0, max: 30 }) }),
);

describeWithServers('the windows of budgets', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let books: BudgetLedger;

  beforeAll(async () => {
    server = await TestServer.start();
    books = await BudgetLedger.open(server);
  });
  beforeEach(() => {
    books.time = new Date('2026-11-15T12:30:00.000Z');
  });
  afterAll(async () => {
    await books?.close();
    await server?.remove();
  });

  const budgetsOf = (project: Project): TestBudget[] => [
    { limit: '100', timeZone: 'Asia/Kolkata' },
    { limit: '100', period: 'month', timeZone: 'America/New_York' },
    { warning: '5', scope: 'user', subject: 'ann' },
    { limit: '3', scope: 'key', subject: project.keyId, period: 'month' },
  ];

  /** What the ledger says of each window of a project, compared with what is kept of it. */
  async function windowsAndLedger(project: Project) {
    return books.ledger.rows(
      `SELECT w.scope, w.starts_at, w.base + w.changes + coalesce(s.cost, 0) - coalesce(r.cost, 0) AS difference,
         w.base_unpriced + w.changes_unpriced + coalesce(s.unpriced, 0) - coalesce(r.unpriced, 0) AS unpriced_difference
       FROM budget_windows w
       LEFT JOIN LATERAL (SELECT sum(cost) AS cost, sum(unpriced) AS unpriced FROM budget_spend s
         WHERE s.budget_id = w.budget_id AND s.starts_at = w.starts_at) s ON true
       LEFT JOIN LATERAL (SELECT sum(cost) AS cost, count(*) FILTER (WHERE pricing <> 'priced' AND status <> 'active') AS unpriced
         FROM llm_requests r WHERE r.project_id = w.project_id AND r."timestamp" >= w.starts_at
           AND r."timestamp" < w.ends_at AND (w.scope = 'project' OR w.scope = 'user' AND r.user_id = w.subject
             OR w.scope = 'key' AND r.key_id::text = w.subject)) r ON true
       WHERE w.project_id = $1`,
      [project.projectId],
    );
  }

  test('hold what the ledger holds, whatever was sent, ended, abandoned and repriced before and after they were opened', async () => {
    let windows = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        books.time = new Date('2026-11-15T12:30:00.000Z');
        const project = await books.ledger.project();
        const pod = books.pod();
        const started: { id: string; user: string }[] = [];
        const sent: string[] = [];
        for (const one of steps) await take(one, { project, pod, started, sent });
        await pod.keeper.keep();
        await pod.keeper.keep();
        const compared = await windowsAndLedger(project);
        windows += compared.length;
        for (const row of compared) {
          expect({ ...row, difference: Number(row['difference']) }).toMatchObject({
            difference: 0,
            unpriced_difference: '0',
          });
        }
        expect(pod.errors).toEqual([]);
      }),
      { numRuns: 15 },
    );
    expect(windows).toBeGreaterThan(5);
  });

  interface Run {
    readonly project: Project;
    readonly pod: ReturnType<BudgetLedger['pod']>;
    readonly started: { id: string; user: string }[];
    readonly sent: string[];
  }

  async function take(one: Step, { project, pod, started, sent }: Run): Promise<void> {
    const now = books.time;
    const of = <T>(list: readonly T[], index: number) => list[index % Math.max(1, list.length)];
    if (one.kind === 'send' || one.kind === 'start') {
      // An id of the time before.
      books.time = new Date(now.getTime() - one.hoursAgo * 3_600_000);
      const id = books.newId();
      books.time = now;
      if (one.kind === 'send') {
        sent.push(await books.record(project, one.tokens, { id, user: one.user, model: one.model }));
      } else {
        started.push({ id, user: one.user });
        const active = { id, user: one.user, status: 'active', latency_ms: undefined, tokens: undefined };
        await books.record(project, 0, active);
      }
    } else if (one.kind === 'pass') {
      books.time = new Date(now.getTime() + one.hours * 3_600_000);
    } else if (one.kind === 'abandon' || one.kind === 'end') {
      const call = of(started, one.which);
      if (call === undefined) return;
      const abandoned = { status: 'failed', error_code: 'abandoned', latency_ms: undefined };
      const change = one.kind === 'abandon' ? abandoned : {};
      // A second, other end is refused: that is the ledger's business.
      await books.record(project, one.tokens, { ...call, ...change }).catch(() => undefined);
    } else if (one.kind === 'reprice') {
      const id = of(sent, one.which);
      if (id === undefined) return;
      await books.ledger.rows(`UPDATE llm_requests SET cost = $2, pricing = 'priced' WHERE id = $1`, [
        id,
        one.cost,
      ]);
    } else if (one.kind === 'budget') {
      const budget = of(budgetsOf(project), one.which);
      if (budget) await books.budget(project, budget);
    } else {
      await pod.keeper.keep();
    }
  }

  test('become exact though a transaction that did not know of them was under way when they were opened', async () => {
    const project = await books.ledger.project();
    await books.record(project, 1);
    const { keeper } = books.pod();
    await server.with(books.ledger.name, async (client) => {
      // A writer whose trigger runs before the window is there, and whose commit comes after it was opened.
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO llm_requests (id, "timestamp", project_id, user_id, provider, model, input_tokens,
           cached_input_tokens, output_tokens, cost, latency_ms, status, cache_hit)
         SELECT gen_random_uuid(), $2, $1, 'ann', 'p', 'm', 1, 0, 1, 5, 1, 'completed', false`,
        [project.projectId, books.time],
      );
      const budget = await books.budget(project, { limit: '10' });
      await keeper.keep();
      await keeper.keep();
      expect(await books.windows(budget)).toMatchObject([{ spent: '0.0000010000', is_final: false }]);
      await client.query('COMMIT');
      await keeper.keep();
      expect(await books.windows(budget)).toMatchObject([{ spent: '5.0000010000', is_final: true }]);
    });
  });

  test('are opened and watched where nobody calls the gateway', async () => {
    const project = await books.ledger.project();
    const budget = await books.budget(project, { warning: '1', limit: '2' });
    const pods = [books.pod(), books.pod()];
    const keep = () => Promise.all(pods.map(({ keeper }) => keeper.keep()));
    await keep();
    await books.record(project, 1_500_000);
    await keep();
    await books.record(project, 1_500_000);
    await keep();
    await keep();
    expect(pods.flatMap(({ events }) => events).sort()).toEqual(['limit', 'warning']);
    books.time = new Date('2026-11-16T00:00:00.000Z');
    await keep();
    await books.record(project, 1_500_000);
    await keep();
    const events = await books.ledger.rows(
      'SELECT kind, starts_at, spent_usd FROM budget_events WHERE budget_id = $1 ORDER BY starts_at, spent_usd',
      [budget],
    );
    const [first, second] = [new Date('2026-11-15T00:00:00.000Z'), new Date('2026-11-16T00:00:00.000Z')];
    expect(events).toEqual([
      { kind: 'warning', starts_at: first, spent_usd: '1.5000000000' },
      { kind: 'limit', starts_at: first, spent_usd: '3.0000000000' },
      { kind: 'warning', starts_at: second, spent_usd: '1.5000000000' },
    ]);
  });

  test('end 40 days after their last day, with what was noted for them', async () => {
    const project = await books.ledger.project();
    const budget = await books.budget(project, { limit: '2' });
    const { keeper } = books.pod();
    await keeper.keep();
    books.time = new Date('2026-12-26T12:00:00.000Z');
    await keeper.keep();
    const windows = await books.windows(budget);
    expect(windows.map((window) => window['starts_at'])).toEqual([new Date('2026-12-26T00:00:00.000Z')]);
  });
});
