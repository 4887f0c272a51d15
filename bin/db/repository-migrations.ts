import { join } from 'node:path';
import { type Migration, readMigrations } from '../../lambda/database/migrator/migration-files';

/** The migrations of this repository, in their order. */
export function repositoryMigrations(): Migration[] {
  return readMigrations(join(__dirname, '..', '..', 'lambda', 'database', 'migrations'));
}
