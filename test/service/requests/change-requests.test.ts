import type { Principal } from '../../../service/access/principal';
import type { Pool } from '../../../service/database/pools';
import { parseUsd } from '../../../service/prices/money';
import type { PriceQuestion } from '../../../service/prices/price-usage';
import { auditedReprice } from '../../../service/requests/write/audited-reprice';
import { erasePrompts } from '../../../service/requests/write/erase-prompts';
import { type RepriceProgress, type RepriceQuery, reprice } from '../../../service/requests/write/reprice';
import { RequestWriter } from '../../../service/requests/write/request-writer';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import { type Ledger, NOW, ORGANISATION, openLedger, PRICES } from './ledger';

const PERIOD = { from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-11-30T00:00:00Z') };
const RECORD = { provider: 'acme', status: 'completed', prompt: 'secret', tokens: { input: 10, output: 0 } };

/** Prices of tomorrow: 5 USD a million tokens of input, for every model but `large`. */
const NEW_PRICES = {
  price({ model, usage }: PriceQuestion) {
    if (model === 'large')
      return { listCost: 0n, cost: 0n, pricing: 'unpriced' as const, rule: null, parts: [] };
    const cost = (parseUsd('0.000005') as bigint) * BigInt(usage.tokens.input);
    return { listCost: cost, cost, pricing: 'priced' as const, rule: 'new', parts: [] };
  },
};

describeWithServers('changes of stored requests', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let ledger: Ledger;
  let writer: RequestWriter;
  let project: Principal & { readonly projectId: string };

  beforeAll(async () => {
    server = await TestServer.start();
    ledger = await openLedger(server);
    writer = new RequestWriter({ database: ledger.database, prices: () => PRICES, now: () => NOW });
  });
  beforeEach(async () => {
    project = await ledger.project();
  });
  afterAll(async () => {
    await writer?.close();
    await ledger?.close();
    await server?.remove();
  });

  const write = (...records: object[]) =>
    writer.write(
      project,
      records.map((record) => ({ ...RECORD, user: 'ada', model: 'large', ...record })),
    );
  const column = async (name: string) =>
    (
      await ledger.rows(
        `SELECT ${name} AS value FROM llm_requests WHERE project_id = $1 ORDER BY "timestamp", id`,
        [project.projectId],
      )
    ).map(({ value }) => value);
  async function run(query: RepriceQuery): Promise<RepriceProgress | undefined> {
    let last: RepriceProgress | undefined;
    for await (const progress of reprice(ledger.database, NEW_PRICES, project, query)) last = progress;
    return last;
  }
  const at = (day: number) => ({ timestamp: `2026-11-${String(day).padStart(2, '0')}T00:00:00Z` });

  describe('a repricing', () => {
    test('prices what had no price, leaves what had one, and marks the hours', async () => {
      await write(
        { model: 'unknown', ...at(1) },
        { model: 'double', ...at(2) },
        { model: 'unknown', ...at(30) },
      );
      await ledger.rows('DELETE FROM rollup_changes');
      expect(await run({ ...PERIOD, which: 'unpriced' })).toMatchObject({
        scanned: 1,
        changed: 1,
        outOfRange: 0,
      });
      expect(await column('cost')).toEqual(['0.0000500000', '0.0000200000', '0.0000000000']);
      expect(await column('pricing')).toEqual(['priced', 'priced', 'unpriced']);
      expect(await ledger.rows('SELECT hour FROM rollup_changes')).toEqual([{ hour: PERIOD.from }]);
    });

    test('of all requests follows the new prices, but takes no price away', async () => {
      await write({ model: 'double', ...at(1) }, { model: 'large', ...at(2) });
      expect(await run({ ...PERIOD, which: 'all' })).toMatchObject({ scanned: 2, changed: 1 });
      expect(await column('cost')).toEqual(['0.0000500000', '0.0000100000']);
      expect(await run({ ...PERIOD, which: 'all' })).toMatchObject({ scanned: 2, changed: 0 });
    });

    test('keeps what answers of the own cache cost: nothing', async () => {
      await write({ model: 'double', cache_hit: true, ...at(1) });
      await run({ ...PERIOD, which: 'all' });
      expect([await column('cost'), await column('saved_cost')]).toEqual([
        ['0.0000000000'],
        ['0.0000500000'],
      ]);
    });

    test('goes through more rows than a slice, also at one time', async () => {
      const many = Array.from({ length: 1000 }, () => ({ model: 'unknown', ...at(3) }));
      await write(...many);
      await write(...many.slice(0, 500));
      expect(await run({ ...PERIOD, which: 'unpriced' })).toMatchObject({ scanned: 1500, changed: 1500 });
    });

    test('sees no other project', async () => {
      await write({ model: 'unknown', ...at(1) });
      const other = await ledger.project();
      const steps = reprice(ledger.database, NEW_PRICES, other, { ...PERIOD, which: 'all' });
      expect(await steps.next()).toEqual({ done: true, value: undefined });
    });
  });

  describe('an audited repricing', () => {
    const auditRows = () =>
      ledger.rows(
        "SELECT actor, action, detail->>'phase' AS phase, detail->>'changed' AS changed FROM audit_log WHERE project_id = $1 ORDER BY id",
        [project.projectId],
      );
    const started = { actor: 'key', action: 'requests.reprice', phase: 'started', changed: null };
    const begin = () => {
      const props = { database: ledger.database, prices: NEW_PRICES, now };
      const query = { ...PERIOD, which: 'unpriced', project: project.projectId } as const;
      return auditedReprice(props, { ...ORGANISATION, keyId: 'key' }, query);
    };
    // Ids of audit rows of one millisecond have no order.
    let seconds = 0;
    const now = () => {
      seconds += 1;
      return new Date(NOW.getTime() + seconds * 1000);
    };

    test('leaves a row before its first slice, which stays where the process is killed', async () => {
      await write({ model: 'unknown', ...at(1) });
      const steps = begin();
      await steps.next();
      expect(await auditRows()).toEqual([started]);
      await steps.return();
    });

    test('leaves a second row at its end, also where it is cut', async () => {
      await write({ model: 'unknown', ...at(1) });
      const steps = begin();
      await steps.next();
      await steps.return();
      expect(await auditRows()).toEqual([started, { ...started, phase: 'ended', changed: '1' }]);
    });
  });

  describe('an erasure', () => {
    test('takes the prompts of a user and leaves costs and the other users', async () => {
      await write({ ...at(1) }, { ...at(2) }, { user: 'bob', ...at(3) });
      const result = await erasePrompts(ledger.database, project, { user: 'ada' }, NOW);
      expect(result).toEqual({ projects: [project.projectId], erased: 2, erasedAt: NOW });
      expect(await column('prompt')).toEqual(['', '', 'secret']);
      expect(await column('cost')).toEqual(Array(3).fill('0.0000100000'));
    });

    test('leaves a row in the audit log of the project, also where it is cut', async () => {
      await write({ ...at(1) });
      const { writes } = ledger.database;
      const cut = {
        ...writes,
        query: (name: string, text: string, values?: readonly unknown[]) =>
          name === 'erase-slice' ? Promise.reject(new Error('cut')) : writes.query(name, text, values),
      } as Pool;
      const principal = { ...ORGANISATION, keyId: 'key-of-the-organisation' };
      const { projectId } = project;
      const query = { user: 'ada', project: projectId };
      await expect(erasePrompts({ writes: cut }, principal, query, NOW)).rejects.toThrow('cut');
      expect(
        await ledger.rows('SELECT actor, action, subject FROM audit_log WHERE project_id = $1', [projectId]),
      ).toEqual([{ actor: 'key-of-the-organisation', action: 'user.erase', subject: 'ada' }]);
    });

    test('also holds for records of earlier times that arrive later', async () => {
      await write({ ...at(1) });
      await erasePrompts(ledger.database, project, { user: 'ada' }, NOW);
      await write({ ...at(2) });
      expect(await column('prompt')).toEqual(['', '']);
    });

    test('fails for a user of another project only', async () => {
      await write({ ...at(1) });
      const other = await ledger.project();
      await expect(erasePrompts(ledger.database, other, { user: 'ada' }, NOW)).rejects.toMatchObject({
        code: 'not_found',
      });
      expect(await column('prompt')).toEqual(['secret']);
    });
  });
});
