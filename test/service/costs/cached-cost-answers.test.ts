import fc from 'fast-check';
import type { Principal } from '../../../service/access/principal';
import { MultiLayerCache } from '../../../service/cache/layers/multi-layer-cache';
import { CachedCostAnswers, costsKey } from '../../../service/costs/cached-cost-answers';
import type { CostGroup, CostGroupQuery, CostQuery, CostSummary } from '../../../service/costs/cost-query';
import { parseQuestion, popularQuestion } from '../../../service/costs/popular-questions';
import type { Database } from '../../../service/database/pools';
import { RequestError } from '../../../service/requests/errors';

const PROJECTS = ['00000000-0000-7000-8000-00000000000a', '00000000-0000-7000-8000-00000000000b'] as const;

const principals: readonly Principal[] = [null, ...PROJECTS].map((projectId) => ({
  keyId: `key of ${projectId}`,
  organisation: projectId === null,
  projectId,
  roles: new Set(['read']),
}));

const word = fc.constantFrom('a', 'b', 'null', '["a"]', 'a,b', '!u');
const day = fc.integer({ min: 0, max: 3 }).map((days) => new Date(Date.UTC(2026, 10, 1 + days)));

const query: fc.Arbitrary<CostGroupQuery> = fc.record(
  {
    project: fc.constantFrom(...PROJECTS),
    user: word,
    provider: word,
    model: word,
    tags: fc.dictionary(word, word, { maxKeys: 2 }),
    from: day,
    to: day,
    timeZone: fc.constantFrom('UTC', 'Europe/Berlin'),
    groupBy: fc.subarray(['day', 'model', 'user', 'tag:a'] as CostGroup[], { minLength: 1, maxLength: 2 }),
    limit: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: ['from', 'to', 'groupBy'] },
);

const asked = fc.record({
  principal: fc.constantFrom(...principals),
  kind: fc.constantFrom('summary' as const, 'groups' as const),
  query,
});

/** What an answer depends on, or that the question is refused; independent of the code under test. */
function meaningOf({
  principal,
  kind,
  query: { project, timeZone = 'UTC', ...rest },
}: {
  principal: Principal;
  kind: string;
  query: CostGroupQuery;
}): string {
  const scope = principal.organisation ? (project ?? 'all') : principal.projectId;
  if (!principal.organisation && project !== undefined && project !== principal.projectId) return 'refused';
  const tags = rest.tags === undefined ? undefined : Object.entries(rest.tags).sort();
  const { user, provider, model, from, to, groupBy, limit } = rest;
  return JSON.stringify(
    [scope, kind, timeZone, user, provider, model, tags, from, to, groupBy, limit].map(
      (value) => value ?? { none: 1 },
    ),
  );
}

function keyOf({
  principal,
  kind,
  query: question,
}: {
  principal: Principal;
  kind: 'summary' | 'groups';
  query: CostGroupQuery;
}): string {
  try {
    return costsKey(kind, principal, question);
  } catch (error) {
    expect(error).toBeInstanceOf(RequestError);
    return 'refused';
  }
}

describe('the key of a cost answer', () => {
  test('is another for each project that may be seen and for each parameter, and no other’s', () => {
    fc.assert(
      fc.property(asked, asked, (one, other) => {
        expect(keyOf(one) === keyOf(other)).toBe(meaningOf(one) === meaningOf(other));
      }),
      { numRuns: 3000 },
    );
  });

  test('of two projects is never the same, whatever they ask', () => {
    fc.assert(
      fc.property(query, query, (one, other) => {
        const keys = [one, other].map((question, index) =>
          keyOf({ principal: principals[index + 1] as Principal, kind: 'groups', query: question }),
        );
        expect(keys[0] === keys[1] && keys[0] !== 'refused').toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test('does not depend on who asks for the same project', () => {
    const question = { from: new Date(0), to: new Date(1) };
    const [organisation, project] = principals as [Principal, Principal];
    expect(costsKey('summary', organisation, { ...question, project: PROJECTS[0] })).toBe(
      costsKey('summary', project, question),
    );
    expect(costsKey('summary', organisation, question)).not.toBe(costsKey('summary', project, question));
  });
});

describe('a cost answer', () => {
  let time = Date.parse('2026-11-27T12:00:00Z');
  const now = () => new Date(time);

  function open() {
    let asks = 0;
    let fails = false;
    const reports = {
      query: async (name: string) => {
        if (name !== 'costs') return { rows: [] };
        asks += 1;
        if (fails) throw new Error('no database');
        return {
          rows: [
            { cost: '0.0000000000', list_cost: '0.0000000000', saved_cost: '0.0000000000', requests: asks },
          ],
        };
      },
    };
    const cache = new MultiLayerCache({
      maxBytes: 1e6,
      shared: null,
      bus: null,
      now,
      random: () => 0,
      freeze: true,
    });
    const noted: string[] = [];
    const costs = new CachedCostAnswers({
      database: { reports } as unknown as Pick<Database, 'reports'>,
      cache,
      now,
      warmer: { note: (popular) => noted.push(popular) },
    });
    const summary = async (...question: Parameters<CachedCostAnswers['summary']>) =>
      JSON.parse(await costs.summary(...question)) as CostSummary;
    return { summary, noted, asks: () => asks, fail: (isFailing: boolean) => (fails = isFailing) };
  }

  const principal = principals[1] as Principal;
  const period = (from: string, to: string): CostQuery => ({ from: new Date(from), to: new Date(to) });

  test.each([
    ['that goes on', period('2026-11-27T00:00:00Z', '2026-11-28T00:00:00Z'), 30],
    ['that ended yesterday', period('2026-11-25T00:00:00Z', '2026-11-26T00:00:00Z'), 30],
    ['that is long over', period('2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z'), 300],
  ])(
    'of a period %s is kept for its time, with the time when it was computed',
    async (_, question, seconds) => {
      const { summary, asks } = open();
      const first = await summary(principal, question);
      time += seconds * 1000 - 1;
      expect(await summary(principal, question)).toEqual(first);
      expect(asks()).toBe(1);
      time += 2;
      const second = await summary(principal, question);
      expect(asks()).toBe(2);
      expect(Date.parse(second.as_of)).toBeGreaterThan(Date.parse(first.as_of));
    },
  );

  test('is computed again for a caller who wants a fresh one, and then kept', async () => {
    const { summary, asks } = open();
    const question = period('2026-11-27T00:00:00Z', '2026-11-28T00:00:00Z');
    await summary(principal, question);
    expect((await summary(principal, question, { fresh: true })).data.requests).toBe(2);
    expect((await summary(principal, question)).data.requests).toBe(2);
    expect(asks()).toBe(2);
  });

  test('that failed is not kept', async () => {
    const { summary, fail } = open();
    const question = period('2026-11-27T00:00:00Z', '2026-11-28T00:00:00Z');
    fail(true);
    await expect(summary(principal, question)).rejects.toThrow('no database');
    fail(false);
    expect((await summary(principal, question)).data.requests).toBe(2);
  });

  test('is asked again by whoever warms the cache, for the same project', async () => {
    fc.assert(
      fc.property(asked, (one) => {
        const key = keyOf(one);
        if (key === 'refused') return;
        const again = parseQuestion(popularQuestion(one.principal, one.query));
        expect(costsKey(one.kind, again.principal, again.query)).toBe(key);
      }),
    );
    const { summary, noted } = open();
    const question = period('2026-11-27T00:00:00Z', '2026-11-28T00:00:00Z');
    await summary(principal, question);
    const again = parseQuestion(String(noted[0]));
    expect(again).toMatchObject({
      principal: { organisation: false, projectId: PROJECTS[0] },
      query: question,
    });
    expect(() => parseQuestion('{"project":"x"}')).toThrow();
  });
});
