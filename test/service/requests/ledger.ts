import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Pool as PgPool } from 'pg';
import { migrate } from '../../../lambda/database/migrator/migrate';
import { readMigrations } from '../../../lambda/database/migrator/migration-files';
import { createPartitions } from '../../../lambda/database/partitions/create-partitions';
import { monthOf } from '../../../lambda/database/partitions/month';
import type { Principal } from '../../../service/access/principal';
import type { Database, Pool, PoolStatistics, Queryable } from '../../../service/database/pools';
import { parseUsd } from '../../../service/prices/money';
import type { Priced, PriceQuestion } from '../../../service/prices/price-usage';
import { ROOT } from '../../helpers/commands';
import { rowsOf, type TestServer } from '../../lambda/database/postgres';

/** The clock of the tests. */
export const NOW = new Date('2026-11-15T12:30:00.000Z');

/** Prices of the tests: 1 USD a million tokens of input, 2 of output; `unknown` has no price, `double` twice these. */
export const PRICES = {
  price({ model, usage }: PriceQuestion): Priced {
    if (model === 'unknown') return { listCost: 0n, cost: 0n, pricing: 'unpriced', rule: null, parts: [] };
    const factor = model === 'double' ? 2n : 1n;
    const pico = (parseUsd('0.000001') as bigint) * factor;
    const cost = pico * BigInt(usage.tokens.input) + 2n * pico * BigInt(usage.tokens.output);
    return { listCost: cost, cost, pricing: 'priced', rule: 'test', parts: [] };
  },
};

/** A database of the service with the test server's superuser in all pools. */
export interface Ledger {
  readonly database: Database;
  readonly name: string;
  /** Rows of a statement. */
  rows(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** A new project with a principal that may do everything in it. */
  project(): Promise<Principal & { readonly projectId: string }>;
  close(): Promise<void>;
}

/** Sees all projects. */
export const ORGANISATION: Principal = {
  keyId: '00000000-0000-7000-8000-00000000000a',
  organisation: true,
  projectId: null,
  roles: new Set(['read', 'admin']),
};

/** A migrated database with partitions from October to December 2026. */
export async function openLedger(server: TestServer): Promise<Ledger> {
  const name = await server.createDatabase();
  await server.with(name, async (client) => {
    await migrate(client, readMigrations(join(ROOT, 'lambda/database/migrations')));
    const month = monthOf(NOW);
    await createPartitions(client, month - 1, month + 1);
  });
  const pg = new PgPool({ ...server.superuser(name), max: 8 });
  pg.on('error', () => undefined);
  const pool = poolOf(pg);
  const database: Database = {
    reads: pool,
    writes: pool,
    reports: pool,
    health: async () => ({ healthy: true, pools: {} }),
    close: () => pg.end(),
  };
  const rows: Ledger['rows'] = async (sql, values = []) => (await pg.query(sql, [...values])).rows;
  return {
    ...{ database, name, rows },
    project: async () => {
      const id = randomUUID();
      await rows('INSERT INTO projects (id, name) VALUES ($1, $2)', [id, id]);
      return {
        keyId: randomUUID(),
        organisation: false,
        projectId: id,
        roles: new Set(['ingest', 'read', 'admin'] as const),
      };
    },
    close: () => pg.end(),
  };
}

/** The service's interface of a pool. */
export function poolOf(pg: PgPool): Pool {
  const queryOn = (client: Pick<PgPool, 'query'>): Queryable['query'] =>
    (async (_name: string, text: string, values: readonly unknown[] = []) =>
      client.query(text, [...values])) as Queryable['query'];
  return {
    query: queryOn(pg),
    statistics: {} as PoolStatistics,
    transaction: async (work) => {
      const client = await pg.connect();
      try {
        await client.query('BEGIN');
        const result = await work({ query: queryOn(client as unknown as PgPool) });
        await client.query('COMMIT');
        client.release();
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        client.release();
        throw error;
      }
    },
  };
}

export { rowsOf };
