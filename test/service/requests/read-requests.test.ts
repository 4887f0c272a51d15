import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import type { Principal } from '../../../service/access/principal';
import type { Pool } from '../../../service/database/pools';
import { exportRequests } from '../../../service/requests/read/export-requests';
import { getRequest } from '../../../service/requests/read/find-request';
import { history } from '../../../service/requests/read/history';
import type { ExportQuery, HistoryQuery, RequestFilters } from '../../../service/requests/read/history-query';
import { searchPrompts } from '../../../service/requests/read/search-prompts';
import { type StoredRequest, storedRequestSchema } from '../../../service/requests/record';
import { RequestWriter } from '../../../service/requests/write/request-writer';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import { type Ledger, NOW, ORGANISATION, openLedger, PRICES } from './ledger';

const DAY = 86_400_000;

describeWithServers('questions about requests', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let ledger: Ledger;
  let own: Principal & { readonly projectId: string };
  let other: Principal & { readonly projectId: string };
  let all: StoredRequest[];

  beforeAll(async () => {
    server = await TestServer.start();
    ledger = await openLedger(server);
    own = await ledger.project();
    other = await ledger.project();
    const writer = new RequestWriter({ database: ledger.database, prices: () => PRICES, now: () => NOW });
    for (const [index, project] of [own, other].entries()) {
      // Few different times, so that pages end among equal ones.
      const records = Array.from({ length: 300 }, (_, n) => ({
        ...{ user: ['ada', 'bob'][n % 2], provider: 'acme', model: ['large', 'double', 'unknown'][n % 3] },
        timestamp: new Date(NOW.getTime() - 1 - Math.floor(n / 7) * DAY * 0.9).toISOString(),
        ...{ status: n % 10 === 0 ? 'failed' : 'completed', tokens: { input: (n * 37) % 11, output: n % 3 } },
        ...(n % 4 === 0 ? {} : { latency_ms: (n * 53) % 17 }),
        prompt: `${n % 5 === 0 ? 'Translate this sentence' : 'Summarize the report'} number${n} of project ${index}`,
        tags: n % 6 === 0 ? { team: 'search' } : {},
      }));
      const { accepted, rejected } = await writer.write(project, records);
      if (accepted !== 300) throw new Error(JSON.stringify(rejected[0]));
    }
    await writer.close();
    all = await pages(ORGANISATION, {});
  });
  afterAll(async () => {
    await ledger?.close();
    await server?.remove();
  });

  /** All pages of a list, one after another. */
  async function pages(principal: Principal, query: HistoryQuery, now = NOW): Promise<StoredRequest[]> {
    const rows: StoredRequest[] = [];
    let cursor: string | undefined;
    do {
      const page = await history(ledger.database, principal, { limit: 1000, ...query, cursor }, now);
      rows.push(...page.data);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return rows;
  }

  function matches(
    request: StoredRequest,
    { project, user, model, status, tags, from, to }: RequestFilters,
  ): boolean {
    const time = Date.parse(request.timestamp);
    return (
      (project === undefined || request.project === project) &&
      (user === undefined || request.user === user) &&
      (model === undefined || request.model === model) &&
      (status === undefined || request.status === status) &&
      Object.entries(tags ?? {}).every(([name, value]) => request.tags[name] === value) &&
      (from === undefined || time >= from.getTime()) &&
      (to === undefined || time < to.getTime())
    );
  }

  const byTime = (one: StoredRequest, another: StoredRequest) =>
    `${one.timestamp}${one.id}` < `${another.timestamp}${another.id}` ? 1 : -1;
  const orders = {
    timestamp: byTime,
    cost: (one: StoredRequest, another: StoredRequest) =>
      Number(another.cost_usd) - Number(one.cost_usd) || byTime(one, another),
    latency: (one: StoredRequest, another: StoredRequest) =>
      (another.latency_ms ?? -1) - (one.latency_ms ?? -1) || byTime(one, another),
  };

  test('pages of any size, filter and order are the one sorted list (property)', async () => {
    expect(all).toHaveLength(600);
    const filters = fc.record(
      {
        user: fc.constantFrom('ada', 'bob', 'nobody'),
        model: fc.constantFrom('large', 'double'),
        status: fc.constantFrom('failed' as const, 'completed' as const),
        tags: fc.constant({ team: 'search' }),
      },
      { requiredKeys: [] },
    );
    const query = fc.record({
      filters,
      principal: fc.constantFrom('own', 'other', 'organisation'),
      sort: fc.constantFrom('timestamp' as const, 'cost' as const, 'latency' as const),
      limit: fc.integer({ min: 5, max: 200 }),
      days: fc.integer({ min: 1, max: 31 }),
      // It must not matter where the first window of time begins.
      clock: fc.integer({ min: -60, max: 10 }).map((n) => new Date(NOW.getTime() + n * DAY)),
    });
    await fc.assert(
      fc.asyncProperty(query, async ({ filters: given, principal, sort, limit, days, clock }) => {
        const asker = { own, other, organisation: ORGANISATION }[principal] ?? own;
        const period = { from: new Date(NOW.getTime() - days * DAY), to: NOW };
        const visible = {
          ...given,
          ...period,
          ...(asker.projectId === null ? {} : { project: asker.projectId }),
        };
        const list = all.filter((request) => matches(request, visible)).sort(orders[sort]);
        const found = await pages(asker, { ...given, ...period, sort, limit }, clock);
        expect(found.map(({ id }) => id)).toEqual(list.map(({ id }) => id));
        const first = await history(ledger.database, asker, { ...given, ...period, sort, limit }, NOW);
        expect(first.total).toEqual({ count: list.length, exact: true });
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ['of rows that are later than now', new Date(NOW.getTime() - 45 * DAY)],
    ['of rows that are older than the first window', new Date(NOW.getTime() + 90 * DAY)],
    ['without a period, at a clock before 1970', new Date(-DAY)],
  ])('a list has its pages %s', async (_, now) => {
    const found = await pages(ORGANISATION, { limit: 70 }, now);
    expect(found.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    expect(await pages(ORGANISATION, { user: 'nobody' }, now)).toEqual([]);
  });

  test('pages are read from two months of partitions where these have enough rows', async () => {
    const read: string[][] = [];
    const { reads } = ledger.database;
    const query = (async (name: string, text: string, values: readonly unknown[] = []) => {
      if (name === 'history-page') {
        const plan = (await reads.query(name, `EXPLAIN ${text}`, values)).rows;
        read.push([...new Set(JSON.stringify(plan).match(/llm_requests_\d+_\d+(?= r)/g))].sort());
      }
      return reads.query(name, text, values);
    }) as Pool['query'];
    const database = { reads: { ...reads, query } };
    const { next_cursor } = await history(database, own, { limit: 5 }, NOW);
    await history(database, own, { limit: 5, cursor: String(next_cursor) }, NOW);
    // Rows may be later than now, so the first page reads the months ahead too.
    expect(read).toEqual([['llm_requests_2026_11', 'llm_requests_2026_12'], ['llm_requests_2026_11']]);
  });

  test('answers follow their schema', () => {
    expect(all.map((request) => storedRequestSchema.safeParse(request).error)).toEqual(
      all.map(() => undefined),
    );
  });

  test('a cursor is refused by another list, and when it is damaged', async () => {
    const { next_cursor } = await history(ledger.database, own, { limit: 5 }, NOW);
    const cursor = String(next_cursor);
    for (const query of [{ user: 'ada', cursor }, { cursor: `${cursor.slice(0, 30)}x` }, { cursor: 'e30' }]) {
      await expect(history(ledger.database, own, query, NOW)).rejects.toMatchObject({
        code: 'invalid_cursor',
      });
    }
    await expect(history(ledger.database, other, { cursor }, NOW)).rejects.toMatchObject({
      code: 'invalid_cursor',
    });
  });

  test.each([
    ['30 February', { t: '2026-02-30T00:00:00.000000Z' }],
    ['a year above 9999', { t: '+12026-02-03T00:00:00.000000Z' }],
    ['a value that is no number', { v: 'NaN' }],
    ['a value above each number', { v: '9'.repeat(40) }],
    ['no UUID', { i: 'x' }],
  ])('a forged cursor with %s is refused, not handed to the database', async (_, change) => {
    const { next_cursor } = await history(ledger.database, own, { limit: 5 }, NOW);
    const fields = JSON.parse(Buffer.from(String(next_cursor), 'base64url').toString());
    const cursor = Buffer.from(JSON.stringify({ ...fields, ...change })).toString('base64url');
    await expect(history(ledger.database, own, { cursor }, NOW)).rejects.toMatchObject({
      code: 'invalid_cursor',
    });
  });

  test.each<[string, RequestFilters]>([
    ['a NUL character', { user: 'a\u0000' }],
    ['a lone surrogate in a tag', { tags: { team: '\ud800' } }],
    ['an end before its start', { from: NOW, to: new Date(NOW.getTime() - 1) }],
    ['a year above 9999', { from: new Date(8.64e15) }],
    ['a time that is none', { to: new Date(Number.NaN) }],
  ])('a filter with %s is refused, not handed to the database', async (_, filters) => {
    await expect(history(ledger.database, own, filters, NOW)).rejects.toMatchObject({
      code: 'invalid_query',
    });
  });

  test('a project that is not the own one fails', async () => {
    await expect(history(ledger.database, own, { project: other.projectId }, NOW)).rejects.toMatchObject({
      code: 'project_not_visible',
    });
  });

  test('an order by cost fails without a period, and above 31 days', async () => {
    await expect(history(ledger.database, own, { sort: 'cost' }, NOW)).rejects.toMatchObject({
      code: 'invalid_query',
    });
    const from = new Date(NOW.getTime() - 32 * DAY);
    await expect(history(ledger.database, own, { sort: 'cost', from, to: NOW }, NOW)).rejects.toMatchObject({
      code: 'period_too_long',
    });
  });

  test('one request comes with its prompt, for its own project only', async () => {
    const request = all.find(({ project }) => project === own.projectId) as StoredRequest;
    expect(await getRequest(ledger.database, own, request.id)).toMatchObject({
      ...request,
      prompt: expect.stringMatching(/project 0$/),
    });
    await expect(getRequest(ledger.database, other, request.id)).rejects.toMatchObject({ code: 'not_found' });
    const ofYear10889 = 'ffffffff-ffff-7fff-bfff-ffffffffffff';
    await expect(getRequest(ledger.database, own, ofYear10889)).rejects.toMatchObject({ code: 'not_found' });
  });

  describe('a search for words', () => {
    const words = (query: string, limit = 1000, cursor?: string) =>
      searchPrompts(ledger.database, own, { words: query, limit, cursor }, NOW);

    test('finds prompts of the own project in other forms of the word, newest first', async () => {
      const { data, total, limits } = await words('translating sentences');
      expect([data.length, total]).toEqual([60, { count: 60, exact: true }]);
      expect(data).toEqual(data.toSorted(byTime));
      expect(limits).toEqual(['A search shows the newest 10000 matches.']);
    });

    test('goes on page by page', async () => {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page: Awaited<ReturnType<typeof words>> = await words('report', 50, cursor);
        found.push(...page.data.map(({ id }) => id));
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      expect([found.length, new Set(found).size]).toEqual([240, 240]);
    });

    test('finds the one old prompt with a rare word', async () => {
      expect((await words('number299')).data).toHaveLength(1);
      expect((await words('"number299 of project" -summarize')).data).toHaveLength(0);
    });

    test('fails without words', async () => {
      await expect(words(' ')).rejects.toMatchObject({ code: 'invalid_query' });
    });
  });

  describe('an export', () => {
    async function text(query: ExportQuery, principal: Principal = own): Promise<string> {
      let result = '';
      for await (const chunk of exportRequests(ledger.database, principal, query)) result += chunk;
      return result;
    }
    const oldestFirst = () =>
      all.filter(({ project }) => project === own.projectId).toSorted((a, b) => byTime(b, a));

    test('as NDJSON is each request of the list, oldest first', async () => {
      const lines = (await text({ format: 'ndjson' })).trim().split('\n');
      expect(lines.map((line) => JSON.parse(line))).toEqual(oldestFirst());
    });

    test('as CSV has a header and a line for each request', async () => {
      const csv = await text({ format: 'csv' });
      const rows: Record<string, string>[] = parse(csv, { columns: true });
      expect(rows.map(({ id, cost_usd }) => [id, cost_usd])).toEqual(
        oldestFirst().map(({ id, cost_usd }) => [id, cost_usd]),
      );
      expect(csv.split('\r\n')).toHaveLength(302);
    });

    test('that was cut goes on after its last complete row', async () => {
      const lines = (await text({ format: 'csv' })).split('\r\n');
      const after = String(lines[150]?.split(',')[0]);
      const rest = await text({ format: 'csv', after });
      expect([...lines.slice(0, 151), rest].join('\r\n')).toBe(lines.join('\r\n'));
      await expect(text({ format: 'csv', after }, other)).rejects.toMatchObject({ code: 'invalid_cursor' });
    });

    test('takes more than a slice, and memory does not grow with it', async () => {
      const sizes: number[] = [];
      const id = (await ledger.project()).projectId;
      await ledger.rows(
        `INSERT INTO llm_requests (id, user_id, "timestamp", provider, model, status, project_id)
        SELECT gen_random_uuid(), 'ada', $2::timestamptz + n % 3 * interval '1 microsecond', 'acme', 'large', 'completed', $1
        FROM generate_series(1, 2500) n`,
        [id, '2026-10-05T00:00:00.123456Z'],
      );
      const query: ExportQuery = { format: 'ndjson', project: id };
      for await (const chunk of exportRequests(ledger.database, ORGANISATION, query)) {
        sizes.push(chunk.trim().split('\n').length);
      }
      expect(sizes).toEqual([1000, 1000, 500]);
    });

    test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx'])('defuses the formula %j', async (formula) => {
      const project = await ledger.project();
      const writer = new RequestWriter({ database: ledger.database, prices: () => PRICES, now: () => NOW });
      const tokens = { input: 1, output: 0 };
      await writer.write(project, [
        { user: formula, provider: 'acme', model: 'a,"b"\nc', status: 'completed', tokens },
      ]);
      await writer.close();
      const rows: Record<string, string>[] = parse(await text({ format: 'csv' }, project), { columns: true });
      expect(rows[0]).toMatchObject({ user: `'${formula}`, model: 'a,"b"\nc' });
    });
  });
});
