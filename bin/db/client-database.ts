import type { Client } from 'pg';
import type { Pool, Queryable } from '../../service/database/pools';

/** One connection in the form of the service's pools. */
export function clientDatabase(client: Client): { readonly reads: Pool; readonly writes: Pool } {
  const connection: Queryable = { query: (_name, text, values = []) => client.query(text, [...values]) };
  const pool: Pool = {
    ...connection,
    transaction: async (work) => {
      await client.query('BEGIN');
      try {
        const result = await work(connection);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      }
    },
    get statistics(): never {
      throw new Error('one connection has no statistics');
    },
  };
  return { reads: pool, writes: pool };
}
