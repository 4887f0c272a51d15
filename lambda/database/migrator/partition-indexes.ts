import type { Client } from 'pg';
import { withoutLockTimeout } from '../connection/without-lock-timeout';
import { DATABASE_ROLES } from '../constants';

/** An index of a partitioned table that is missing on one partition. */
interface MissingIndex {
  readonly index: string;
  readonly table: string;
  readonly partition: string;
  /** `CREATE INDEX … ON ONLY …` of the partitioned table. */
  readonly definition: string;
  /** `indisvalid` of the partition's own index of that name; null where it does not exist. */
  readonly valid: boolean | null;
}

/**
 * Completes `CREATE INDEX … ON ONLY` of a partitioned table: it builds the index of each partition without blocking
 * writes and attaches it. With the last one the partitioned index becomes valid. Invalid indexes of a killed run are
 * dropped and built again.
 * @returns names of the indexes that were built
 */
export async function buildPartitionIndexes(
  client: Client,
  log: (message: string) => void,
): Promise<string[]> {
  const built: string[] = [];
  const all = await missingIndexes(client);
  if (all.length === 0) return built;
  await client.query(`SET ROLE ${DATABASE_ROLES.owner}`);
  try {
    for (const missing of all) {
      const name = partitionIndexName(missing);
      if (missing.valid !== true) {
        log(`index ${name}`);
        await withoutLockTimeout(client, () => buildOne(client, missing));
        built.push(name);
      }
      await client.query(`ALTER INDEX ${missing.index} ATTACH PARTITION ${name}`);
    }
  } finally {
    await client.query('RESET ROLE').catch(() => undefined);
  }
  return built;
}

async function buildOne(client: Client, missing: MissingIndex): Promise<void> {
  if (missing.valid === false) await client.query(`DROP INDEX CONCURRENTLY ${partitionIndexName(missing)}`);
  await client.query(partitionDefinition(missing));
}

async function missingIndexes(client: Client): Promise<MissingIndex[]> {
  const { rows } = await client.query(`
    SELECT
      index_class.relname AS index,
      table_class.relname AS table,
      partition.relname AS partition,
      pg_get_indexdef(index_class.oid) AS definition,
      own.indisvalid AS valid
    FROM pg_index i
    JOIN pg_class index_class ON index_class.oid = i.indexrelid AND index_class.relkind = 'I'
    JOIN pg_class table_class ON table_class.oid = i.indrelid
    JOIN pg_inherits part ON part.inhparent = i.indrelid AND NOT part.inhdetachpending
    JOIN pg_class partition ON partition.oid = part.inhrelid
    LEFT JOIN pg_class own_class
      ON own_class.relnamespace = partition.relnamespace
      AND own_class.relname = replace(index_class.relname, table_class.relname, partition.relname)
    LEFT JOIN pg_index own ON own.indexrelid = own_class.oid
    WHERE NOT i.indisvalid
      AND table_class.relnamespace = 'public'::regnamespace
      AND NOT EXISTS (
        SELECT FROM pg_inherits attached
        JOIN pg_index child ON child.indexrelid = attached.inhrelid
        WHERE attached.inhparent = i.indexrelid AND child.indrelid = partition.oid
      )
    ORDER BY index_class.relname, partition.relname DESC`);
  return rows;
}

function partitionIndexName({ index, table, partition }: MissingIndex): string {
  return index.replace(table, partition);
}

function partitionDefinition(missing: MissingIndex): string {
  const start = new RegExp(`^CREATE (UNIQUE )?INDEX ${missing.index} ON ONLY (public\\.)?${missing.table} `);
  const sql = missing.definition.replace(
    start,
    (_, unique = '') =>
      `CREATE ${unique}INDEX CONCURRENTLY ${partitionIndexName(missing)} ON public.${missing.partition} `,
  );
  if (sql === missing.definition) {
    throw new Error(`cannot parse the definition of index ${missing.index}: ${missing.definition}`);
  }
  return sql;
}
