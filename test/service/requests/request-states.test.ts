import fc from 'fast-check';
import { newRecordId } from '../../../service/requests/record/record-id';
import type { RequestRow } from '../../../service/requests/record/request-row';
import {
  eventOf,
  type RequestEvent,
  type RequestState,
  stateOf,
  TRANSITIONS,
} from '../../../service/requests/record/request-states';
import {
  type RowOutcome,
  storeRows,
  writeIsolated,
  writeTogether,
} from '../../../service/requests/write/store-rows';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import { type Ledger, NOW, openLedger } from './ledger';

/** A step in the life of a request: an event, with one of two contents. */
interface Step {
  readonly event: RequestEvent;
  readonly content: 0 | 1;
}

const AFTER: Readonly<Record<RequestEvent, RequestState>> = {
  start: 'active',
  end: 'ended',
  abandon: 'abandoned',
};

/** What the table says about a row of steps: the outcome of each, and the state at the end. */
function walk(steps: readonly Step[]): { outcomes: string[]; state: RequestState } {
  let state: RequestState = 'absent';
  let content: number | undefined;
  const outcomes = steps.map((step) => {
    const fate = TRANSITIONS[state][step.event];
    if (fate === 'store') {
      state = AFTER[step.event];
      content = step.content;
      return 'accepted';
    }
    return fate === 'ignore' || content === step.content ? 'duplicate' : 'rejected';
  });
  return { outcomes, state };
}

describeWithServers('the life of a request', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let ledger: Ledger;
  let projectId: string;

  beforeAll(async () => {
    server = await TestServer.start();
    ledger = await openLedger(server);
    ({ projectId } = await ledger.project());
    await ledger.rows(`INSERT INTO users (id) VALUES ('ada')`);
  });
  afterAll(async () => {
    await ledger?.close();
    await server?.remove();
  });

  function rowOf(id: string, { event, content }: Step): RequestRow {
    return {
      keyId: '00000000-0000-7000-8000-0000000000aa',
      ...{ id, projectId, timestamp: NOW, userId: 'ada', provider: 'acme', model: 'large', prompt: '' },
      ...{ serviceTier: null, region: null, inputTokens: content, cachedInputTokens: 0, cacheWriteTokens: 0 },
      ...{
        cacheWrite1hTokens: 0,
        outputTokens: 0,
        reasoningTokens: 0,
        units: null,
        cost: '0',
        listCost: null,
      },
      ...{ savedCost: '0', pricing: 'priced', usageSource: 'reported', priceRule: null, latencyMs: null },
      ...{ cacheHit: false, tags: {}, contentHash: Buffer.alloc(32, content) },
      status: event === 'start' ? 'active' : event === 'end' ? 'completed' : 'failed',
      errorCode: event === 'abandon' ? 'abandoned' : null,
    };
  }

  const step = fc.record({
    event: fc.constantFrom<RequestEvent>('start', 'end', 'abandon'),
    content: fc.constantFrom<0 | 1>(0, 1),
  });

  test.each([
    ['one after another', false],
    ['in one batch', true],
  ])('follows the table, %s (property)', async (_, isOneBatch) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const id = newRecordId(NOW);
        const rows = steps.map((one) => rowOf(id, one));
        const outcomes: RowOutcome[] = [];
        const { writes } = ledger.database;
        if (isOneBatch)
          outcomes.push(...(await writes.transaction((client) => storeRows(client, rows, writeIsolated))));
        else for (const row of rows) outcomes.push(...(await storeRows(writes, [row], writeTogether)));
        const expected = walk(steps);
        expect(outcomes.map(({ kind }) => kind)).toEqual(expected.outcomes);
        const [stored] = await ledger.rows(
          'SELECT status, error_code AS "errorCode" FROM llm_requests WHERE id = $1',
          [id],
        );
        expect(stateOf(stored as { status: string; errorCode: string | null })).toBe(expected.state);
      }),
      { numRuns: 60 },
    );
  });

  test('a row reports the event that leads to its state', () => {
    for (const event of ['start', 'end', 'abandon'] as const) {
      const row = rowOf(newRecordId(NOW), { event, content: 0 });
      expect([eventOf(row), stateOf(row)]).toEqual([event, AFTER[event]]);
    }
  });
});
