import type { Pool } from '../../../service/database/pools';
import { countOf, MAX_COUNTED } from '../../../service/requests/read/count-requests';

/** A pool that finds as many rows as it is told, and counts its statements. */
function poolOf(found: () => number) {
  let statements = 0;
  const query = async () => {
    statements += 1;
    return { rows: [{ found: found(), scanned: found() }] };
  };
  return { pool: { query } as unknown as Pool, statements: () => statements };
}

const SCOPE = { projectId: '01a21fdd-61e4-7597-a05d-4c241f12d296' };

test('a list that is longer than what is counted is counted once in a while', async () => {
  const { pool, statements } = poolOf(() => MAX_COUNTED + 1);
  const totals = [await countOf(pool, SCOPE, {}), await countOf(pool, SCOPE, {})];
  expect(totals).toEqual(Array(2).fill({ count: MAX_COUNTED, exact: false }));
  expect(statements()).toBe(1);
});

test('another list, another project and another database are counted by themselves', async () => {
  const { pool, statements } = poolOf(() => MAX_COUNTED + 1);
  await countOf(pool, SCOPE, {});
  await countOf(pool, SCOPE, { user: 'somebody' });
  await countOf(pool, { projectId: null }, {});
  expect(statements()).toBe(3);
  const other = poolOf(() => 5);
  expect(await countOf(other.pool, SCOPE, {})).toEqual({ count: 5, exact: true });
});

test('an exact count is never kept', async () => {
  let rows = MAX_COUNTED;
  const { pool } = poolOf(() => rows);
  expect(await countOf(pool, SCOPE, {})).toEqual({ count: MAX_COUNTED, exact: true });
  rows = 7;
  expect(await countOf(pool, SCOPE, {})).toEqual({ count: 7, exact: true });
});

test('a list whose filter ended the search early is counted again', async () => {
  let rows = 30_000;
  const { pool } = poolOf(() => rows);
  const filters = { status: 'failed' } as const;
  expect((await countOf(pool, SCOPE, filters)).exact).toBe(false);
  rows = 3;
  expect(await countOf(pool, SCOPE, filters)).toEqual({ count: 3, exact: true });
});
