import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { recomputeDay } from '../../../lambda/database/rollups/recompute-day';
import { refreshCosts } from '../../../lambda/database/rollups/refresh-costs';
import type { Principal } from '../../../service/access/principal';
import { costGroups, costSummary } from '../../../service/costs/cost-answers';
import type { CostGroup, CostGroups } from '../../../service/costs/cost-query';
import { focusExport } from '../../../service/costs/focus-export';
import { formatUsd, parseUsd } from '../../../service/prices/money';
import { newRecordId } from '../../../service/requests/record/record-id';
import { RequestWriter } from '../../../service/requests/write/request-writer';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import { type Ledger, NOW, ORGANISATION, openLedger, PRICES } from '../requests/ledger';
import { MANDATORY_FOCUS_COLUMNS } from './focus-specification';

const FROM = new Date('2026-10-20T00:00:00Z');
const HOUR = 3_600_000;

/** Groupings that need each source: both roll-ups, and rows. */
const GROUPINGS: readonly CostGroup[][] = [
  ...[['day'], ['month', 'model'], ['model'], ['day', 'user'], ['user'], ['month', 'user'], ['tag:team']],
  ...[
    ['day', 'tag:team'],
    ['tag:feature', 'model'],
    ['project', 'day'],
    ['user', 'tag:feature'],
  ],
] as CostGroup[][];

/** A request of the random ledger. */
interface Sample {
  readonly at: Date;
  readonly user: string;
  readonly model: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly input: number;
  readonly project: string;
}

/** Numbers from 0 to 1 that are the same in each run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

describeWithServers('costs', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let ledger: Ledger;
  let projects: (Principal & { readonly projectId: string })[];
  const samples: Sample[] = [];

  beforeAll(async () => {
    server = await TestServer.start();
    ledger = await openLedger(server);
    projects = [await ledger.project(), await ledger.project()];
    await ledger.rows(`INSERT INTO declared_tags (key) VALUES ('team')`);
    const writer = new RequestWriter({ database: ledger.database, prices: () => PRICES, now: () => NOW });
    const random = randomNumbers(7);
    const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T;
    for (const project of projects) {
      const own = Array.from({ length: 900 }, (): Sample => {
        const at = new Date(FROM.getTime() + Math.floor(random() * (NOW.getTime() - FROM.getTime())));
        const tags = pick<Sample['tags']>([
          {},
          { team: 'search' },
          { team: 'ads', feature: 'x' },
          { feature: 'y' },
        ]);
        return {
          ...{ at, tags, project: project.projectId, input: Math.floor(random() * 1000) },
          ...{ user: pick(['ada', 'bob', 'eve']), model: pick(['large', 'double', 'unknown']) },
        };
      });
      samples.push(...own);
      const records = own.map(({ at, user, model, tags, input }) => ({
        ...{ id: newRecordId(at), user, provider: 'acme', model, tags, status: 'completed' },
        tokens: { input, output: 0 },
      }));
      const { accepted } = await writer.write(project, records);
      if (accepted !== own.length) throw new Error('the ledger is not complete');
    }
    await writer.close();
  });
  beforeEach(async () => {
    await ledger.rows('TRUNCATE costs_hourly, costs_daily, costs_daily_by_user, rollup_state');
    await server.with(ledger.name, (client) => refreshCosts(client, () => true));
  });
  afterAll(async () => {
    await ledger?.close();
    await server?.remove();
  });

  /** Leaves the roll-ups as a refresh at `until`, an hour's start, left them. */
  async function completeUntil(until: Date): Promise<void> {
    const day = until.toISOString().slice(0, 10);
    await ledger.rows('DELETE FROM costs_hourly WHERE hour >= $1', [until]);
    await ledger.rows('DELETE FROM costs_daily_by_user WHERE day >= $1', [day]);
    await ledger.rows('DELETE FROM costs_daily WHERE day >= $1', [day]);
    await ledger.rows(`UPDATE rollup_state SET complete_until = $1, refreshed_at = $1`, [until]);
    const range = { day, completeUntil: until.toISOString(), until: until.toISOString() };
    await server.with(ledger.name, (client) => recomputeDay(client, range));
  }

  /** Sums of the samples by groups, computed here. */
  function expected(chosen: readonly Sample[], groups: readonly CostGroup[], zone: string) {
    const sums = new Map<string, { requests: number; unpriced: number; tokens: number; pico: bigint }>();
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' });
    for (const sample of chosen) {
      const key = groups.map((group) => {
        if (group === 'day') return day.format(sample.at);
        if (group === 'month') return day.format(sample.at).slice(0, 7);
        if (group.startsWith('tag:')) return sample.tags[group.slice(4)] ?? null;
        return sample[group as 'user' | 'model' | 'project'];
      });
      const text = JSON.stringify(key);
      const sum = sums.get(text) ?? { requests: 0, unpriced: 0, tokens: 0, pico: 0n };
      const factor = { large: 1n, double: 2n, unknown: 0n }[sample.model] ?? 0n;
      sums.set(text, {
        requests: sum.requests + 1,
        unpriced: sum.unpriced + (sample.model === 'unknown' ? 1 : 0),
        tokens: sum.tokens + sample.input,
        pico: sum.pico + factor * BigInt(sample.input) * (parseUsd('0.000001') as bigint),
      });
    }
    return Object.fromEntries(
      [...sums].map(([key, { requests, unpriced, tokens, pico }]) => [
        key,
        [requests, unpriced, tokens, formatUsd(pico)],
      ]),
    );
  }

  function found({ group_by, data }: CostGroups) {
    return Object.fromEntries(
      data.map((row) => [
        JSON.stringify(group_by.map((group) => row[group])),
        [row.requests, row.unpriced_requests, row.input_tokens, row.cost_usd],
      ]),
    );
  }

  test('from roll-ups and rows are those of the rows alone, in any zone (property)', async () => {
    const zones = [
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kolkata',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
    ];
    const groups = fc.constantFrom(...GROUPINGS);
    const instants = fc.tuple(fc.integer({ min: 0, max: 620 * 60 }), fc.integer({ min: 1, max: 620 * 60 }));
    const questions = fc.array(fc.tuple(fc.constantFrom(...zones), groups, instants), {
      minLength: 4,
      maxLength: 4,
    });
    // The roll-ups reach less far with each run, which is how the test takes them back.
    let until = Math.floor(NOW.getTime() / HOUR) * HOUR;
    await fc.assert(
      fc.asyncProperty(questions, async (asked) => {
        await completeUntil(new Date(until));
        until -= 13 * HOUR;
        for (const [timeZone, groupBy, [begin, length]] of asked) {
          const from = new Date(FROM.getTime() + begin * 60_000);
          const to = new Date(from.getTime() + length * 60_000);
          const answer = await costGroups(
            ledger.database,
            ORGANISATION,
            { from, to, timeZone, groupBy },
            NOW,
          );
          const chosen = samples.filter(({ at }) => at >= from && at < to);
          expect(found(answer)).toEqual(expected(chosen, groupBy, timeZone));
        }
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });

  test('of a project are its own; naming another one fails', async () => {
    const [own, other] = projects;
    const query = { from: FROM, to: NOW };
    const answer = await costSummary(ledger.database, own as Principal, query, NOW);
    const chosen = samples.filter(({ project, at }) => project === own?.projectId && at < NOW);
    expect([answer.data.requests, answer.data.cost_usd]).toEqual([
      chosen.length,
      expected(chosen, [], 'UTC')['[]']?.[3],
    ]);
    await expect(
      costSummary(ledger.database, own as Principal, { ...query, project: other?.projectId ?? '' }, NOW),
    ).rejects.toMatchObject({ code: 'project_not_visible' });
  });

  test('of a period without requests are zero', async () => {
    const query = { from: new Date('2026-12-01T00:00:00Z'), to: new Date('2026-12-02T00:00:00Z') };
    const { data } = await costSummary(ledger.database, ORGANISATION, query, NOW);
    expect(data).toMatchObject({ cost_usd: '0.0000000000', requests: 0 });
  });

  test('say as of when they are, and that groups were left out', async () => {
    await completeUntil(new Date('2026-11-05T00:00:00Z'));
    const query = { from: FROM, to: NOW, groupBy: ['day', 'model'] as CostGroup[], limit: 10 };
    const answer = await costGroups(ledger.database, ORGANISATION, query, NOW);
    expect(answer).toMatchObject({ as_of: '2026-11-05T00:00:00.000Z', truncated: true });
    expect(answer.data).toHaveLength(10);
    const late = { ...query, from: new Date('2026-11-06T00:00:00Z') };
    expect((await costGroups(ledger.database, ORGANISATION, late, NOW)).as_of).toBe(NOW.toISOString());
  });

  test('by a tag that is not declared fail above 31 days, with the remedy', async () => {
    const query = {
      from: new Date('2026-10-01T00:00:00Z'),
      to: NOW,
      groupBy: ['tag:feature'] as CostGroup[],
    };
    await expect(costGroups(ledger.database, ORGANISATION, query, NOW)).rejects.toMatchObject({
      code: 'period_too_long',
      message: expect.stringContaining('declare the tags'),
    });
  });

  test.each([
    [[], 'one or 2 different dimensions'],
    [['week'], "got 'week'"],
    [['tag:'], "got 'tag:'"],
    [['day', 'hour'], 'at most one of hour, day, month'],
    [['model', 'model'], 'one or 2 different dimensions'],
    [['day', 'model', 'user'], 'one or 2 different dimensions'],
  ])('fail grouped by %j', async (groupBy, message) => {
    const query = { from: FROM, to: NOW, groupBy: groupBy as CostGroup[] };
    await expect(costGroups(ledger.database, ORGANISATION, query, NOW)).rejects.toThrow(message);
  });

  test('are exported with each mandatory column of FOCUS 1.3, and add up', async () => {
    const [from, to] = [new Date('2026-10-30T00:00:00Z'), new Date('2026-11-03T00:00:00Z')];
    let text = '';
    for await (const chunk of focusExport(ledger.database, ORGANISATION, { from, to }, { now: NOW }))
      text += chunk;
    const rows: Record<string, string>[] = parse(text, { columns: true });
    expect(Object.keys(rows[0] ?? {})).toEqual(expect.arrayContaining([...MANDATORY_FOCUS_COLUMNS]));
    const total = rows.reduce((sum, row) => sum + (parseUsd(String(row['BilledCost'])) ?? 0n), 0n);
    const chosen = samples.filter(({ at }) => at >= from && at < to);
    expect(formatUsd(total)).toBe(expected(chosen, [], 'UTC')['[]']?.[3]);
    const nullable = ['ChargeClass'];
    for (const row of rows) {
      for (const column of MANDATORY_FOCUS_COLUMNS) {
        if (!nullable.includes(column)) expect([column, row[column]]).not.toEqual([column, '']);
      }
      expect(row['BillingPeriodStart']).toBe(`${String(row['ChargePeriodStart']).slice(0, 7)}-01T00:00:00Z`);
      expect(Date.parse(String(row['ChargePeriodEnd'])) - Date.parse(String(row['ChargePeriodStart']))).toBe(
        24 * HOUR,
      );
    }
  });

  test('are not exported for parts of a day', async () => {
    const query = { from: FROM, to: NOW };
    await expect(focusExport(ledger.database, ORGANISATION, query, { now: NOW }).next()).rejects.toThrow(
      'midnight UTC',
    );
  });
});
