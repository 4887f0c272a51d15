import fc from 'fast-check';
import type { Client } from 'pg';
import { DATABASE_ROLES } from '../../../lambda/database/constants';
import { recomputeDay } from '../../../lambda/database/rollups/recompute-day';
import { costGroups, costSummary } from '../../../service/costs/cost-answers';
import type { CostGroup } from '../../../service/costs/cost-query';
import { costStatement } from '../../../service/costs/cost-statement';
import type { Pool } from '../../../service/database/pools';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import { type Ledger, NOW, ORGANISATION, openLedger } from '../requests/ledger';

const HOUR = 3_600_000;
const FIRST_DAY = Date.parse('2026-11-12T00:00:00Z');
const PROJECT = '00000000-0000-7000-8000-000000000001';

/** An instant, hours since the first day; parts of an hour are allowed. */
const at = (hour: number) => new Date(FIRST_DAY + hour * HOUR);

/** A request of 1 USD. */
interface Sample {
  readonly hour: number;
  readonly user: string;
}

/** What another process does. */
interface Event {
  readonly requests: readonly Sample[];
  /** How far the refresh reaches that follows, hours since the first day. */
  readonly refreshUntil: number;
}

const PERIODS: readonly CostGroup[] = ['day', 'month'];

describeWithServers('costs by user of a day that goes on', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let ledger: Ledger;
  let samples: Sample[];
  let rollup: Client;

  beforeAll(async () => {
    server = await TestServer.start();
    ledger = await openLedger(server);
    await ledger.rows(`INSERT INTO users (id) VALUES ('ada'), ('bob')`);
    rollup = await server.connect(ledger.name, { user: DATABASE_ROLES.rollup });
  });
  beforeEach(() => begin());
  afterAll(async () => {
    await rollup?.end();
    await ledger?.close();
    await server?.remove();
  });

  /** An empty ledger whose roll-ups reach to the first day. */
  async function begin(): Promise<void> {
    samples = [];
    await ledger.rows(
      'TRUNCATE llm_requests, rollup_changes, costs_hourly, costs_daily, costs_daily_by_user',
    );
    await ledger.rows(
      `INSERT INTO rollup_state (name, complete_until, refreshed_at) VALUES ('costs', $1, $1)
       ON CONFLICT (name) DO UPDATE SET complete_until = $1, refreshed_at = $1`,
      [at(0)],
    );
  }

  /** Stores requests and marks their hours, as writers do. */
  async function store(requests: readonly Sample[]): Promise<void> {
    samples.push(...requests);
    await ledger.rows(
      `WITH stored AS (
         INSERT INTO llm_requests (user_id, "timestamp", provider, model, cost, status, latency_ms)
         SELECT n.user_id, n.at, 'acme', 'large', 1, 'completed', 100
         FROM unnest($1::text[], $2::timestamptz[]) AS n (user_id, at) RETURNING "timestamp")
       INSERT INTO rollup_changes (hour) SELECT DISTINCT date_trunc('hour', "timestamp", 'UTC') FROM stored`,
      [requests.map(({ user }) => user), requests.map(({ hour }) => at(hour).toISOString())],
    );
  }

  /** What the hourly function does at a time, `until` being the start of its hour. */
  async function refresh(until: number): Promise<void> {
    const { rows } = await rollup.query(`SELECT complete_until AS "completeUntil" FROM rollup_state`);
    let completeUntil: string = rows[0].completeUntil.toISOString();
    for (let hour = 0; hour < until; hour += 24) {
      await rollup.query('BEGIN');
      const day = at(hour).toISOString().slice(0, 10);
      const recomputed = await recomputeDay(rollup, { day, completeUntil, until: at(until).toISOString() });
      completeUntil = recomputed.completeUntil;
      await rollup.query('UPDATE rollup_state SET complete_until = $1, refreshed_at = $1', [completeUntil]);
      await rollup.query('COMMIT');
    }
  }

  /** A database in which something happens after the state was read, and before the sums are. */
  function withEvent(event: () => Promise<void>): { reports: Pool } {
    const { reports } = ledger.database;
    const query = (async (name: string, text: string, values: readonly unknown[] = []) => {
      if (name === 'costs') await event();
      return reports.query(name, text, values);
    }) as Pool['query'];
    return { reports: { ...reports, query } };
  }

  function expected(chosen: readonly Sample[], groups: readonly CostGroup[], timeZone: string) {
    const format = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
    const sums = new Map<string, number>();
    for (const { hour, user } of chosen) {
      const day = format.format(at(hour));
      const key = JSON.stringify(
        groups.map((group) => ({ user, day, month: day.slice(0, 7) })[group as 'user' | 'day' | 'month']),
      );
      sums.set(key, (sums.get(key) ?? 0) + 1);
    }
    return Object.fromEntries(sums);
  }

  test('are exact whatever is stored and refreshed before the sums are read, in any zone (property)', async () => {
    const requests = fc.array(
      fc.record({
        hour: fc.integer({ min: 0, max: 72 * 4 - 1 }).map((n) => n / 4),
        user: fc.constantFrom('ada', 'bob'),
      }),
      { maxLength: 12 },
    );
    const events = fc.array(fc.record({ requests, refreshUntil: fc.integer({ min: 0, max: 72 }) }), {
      minLength: 1,
      maxLength: 3,
    });
    const question = fc.record({
      zone: fc.constantFrom(
        'UTC',
        'UTC',
        'Europe/Berlin',
        'America/New_York',
        'Asia/Kolkata',
        'Australia/Lord_Howe',
      ),
      period: fc.constantFrom(null, ...PERIODS),
      user: fc.constantFrom(undefined, 'ada'),
      from: fc.constantFrom(-24, 0, 0, 20, 24, 24, 47.5, 48),
      hours: fc.constantFrom(0.75, 12.5, 24, 24, 48, 24 * 7),
    });
    const run = async ({ requests: stored, refreshUntil }: Event, reached: number) => {
      await store(stored);
      await refresh(Math.max(reached, refreshUntil));
      return Math.max(reached, refreshUntil);
    };
    const property = fc.asyncProperty(events, events, question, async (earlier, between, asked) => {
      await begin();
      let reached = 0;
      for (const event of earlier) reached = await run(event, reached);
      const database = withEvent(async () => {
        for (const event of between) reached = await run(event, reached);
      });
      const { zone: timeZone, period, user } = asked;
      const groupBy: CostGroup[] = [...(period === null ? [] : [period]), 'user'];
      const [from, to] = [at(asked.from), at(asked.from + asked.hours)];
      const answer = await costGroups(database, ORGANISATION, { from, to, timeZone, groupBy, user }, NOW);
      const found = answer.data.map((row) => {
        expect(row.cost_usd).toBe(`${row.requests}.0000000000`);
        return [JSON.stringify(groupBy.map((group) => row[group])), row.requests];
      });
      const chosen = samples.filter(
        (sample) => at(sample.hour) >= from && at(sample.hour) < to && sample.user === (user ?? sample.user),
      );
      expect(Object.fromEntries(found)).toEqual(expected(chosen, groupBy, timeZone));
    });
    await fc.assert(property, { numRuns: 30 });
  });

  const today = { from: at(24), to: at(48), user: 'ada' };
  const requestsOf = async (query: typeof today, event: () => Promise<void> = async () => undefined) =>
    (await costSummary(withEvent(event), ORGANISATION, query, NOW)).data.requests;

  test('read the hours before the last refresh from the roll-up, and only the later ones from requests', async () => {
    await store([24.5, 30.5, 36.5].map((hour) => ({ hour, user: 'ada' })));
    await refresh(36);
    await ledger.rows('DELETE FROM llm_requests WHERE "timestamp" < $1', [at(36)]);
    expect(await requestsOf(today)).toBe(3);
    expect(await requestsOf({ ...today, from: at(0), to: at(24 * 7) })).toBe(3);
    // A period that ends before the last refresh cuts the day, and so does one that begins within it.
    expect(await requestsOf({ ...today, to: at(35) })).toBe(0);
    expect(await requestsOf({ ...today, from: at(25) })).toBe(1);
  });

  test('tell by as_of that a late request is missing until the next refresh', async () => {
    await refresh(36);
    await store([{ hour: 30.5, user: 'ada' }]);
    const before = await costSummary(ledger.database, ORGANISATION, today, NOW);
    expect([before.data.requests, before.as_of]).toEqual([0, at(36).toISOString()]);
    await refresh(37);
    const after = await costSummary(ledger.database, ORGANISATION, today, NOW);
    expect([after.data.requests, after.as_of]).toEqual([1, at(37).toISOString()]);
  });

  test.each([
    ['within the day', 24.5, 24, 40],
    ['beyond the end of the period', 24.5, 13.5, 38],
    ['beyond the end of the day', 36.5, 24, 50],
  ])('count no request twice when a refresh reaches %s in between', async (_, hour, hours, until) => {
    await store([24.25, hour, 37.25, 37.75].map((one) => ({ hour: one, user: 'ada' })));
    await refresh(37);
    const query = { ...today, to: at(24 + hours) };
    const wanted = await requestsOf(query);
    expect(wanted).toBe(samples.filter((sample) => sample.hour < 24 + hours).length);
    expect(await requestsOf(query, () => refresh(until))).toBe(wanted);
  });

  test('come from requests alone where the state is gone in between', async () => {
    await store([24.5, 36.5].map((hour) => ({ hour, user: 'ada' })));
    await refresh(36);
    const restored = async () => {
      await ledger.rows('TRUNCATE rollup_state, costs_daily_by_user');
    };
    expect(await requestsOf(today, restored)).toBe(2);
  });

  test('read one partition of the requests', async () => {
    const running = {
      ...{ source: 'costs_daily_by_user' as const, unit: { start: at(24).getTime(), end: at(48).getTime() } },
      ...{ usableUntil: at(48).getTime(), end: at(48).getTime() },
    };
    const { text, values } = costStatement({
      ...{
        scope: { projectId: PROJECT },
        filters: { user: 'ada' },
        fields: [],
        periodStarts: null,
        limit: 1,
      },
      ranges: { rollups: [], rows: [], running },
    });
    const plan = (await ledger.rows(`EXPLAIN ${text}`, values)).map((row) => row['QUERY PLAN']).join('\n');
    expect(new Set(plan.match(/llm_requests_\d+_\d+(?= s)/g))).toEqual(new Set(['llm_requests_2026_11']));
  });
});
