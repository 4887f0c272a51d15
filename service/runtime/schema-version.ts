import type { Queryable } from '../database/pools';

/** The newest migration that this build needs; a test compares it with the migrations. */
export const NEEDED_MIGRATION = '0017_sessions_of_people';

/** Whether the database has at least the schema of this build. */
export async function hasNeededSchema(database: Queryable): Promise<boolean> {
  const { rows } = await database.query(
    'schema-version',
    'SELECT 1 FROM schema_migrations WHERE name >= $1 LIMIT 1',
    [NEEDED_MIGRATION],
  );
  return rows.length > 0;
}
