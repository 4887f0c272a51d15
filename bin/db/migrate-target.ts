import { MONTHS_AHEAD } from '../../lambda/database/constants';
import { type MigrateResult, migrate } from '../../lambda/database/migrator/migrate';
import { createPartitions } from '../../lambda/database/partitions/create-partitions';
import type { Month } from '../../lambda/database/partitions/month';
import type { ConnectionSettings } from '../../service/database/connect';
import { repositoryMigrations } from './repository-migrations';
import { withTarget } from './target';

export interface MigratedTarget extends MigrateResult {
  /** Names of the partitions that were created now. */
  readonly partitions: readonly string[];
}

/**
 * Brings a database up to the schema of this repository, with partitions from `month` on.
 * @param log called with a line for each step
 * @throws UsageError where the database cannot be reached, or a migration fails
 */
export function migrateTarget(
  login: ConnectionSettings,
  month: Month,
  log: (line: string) => void,
): Promise<MigratedTarget> {
  return withTarget(login, async (client) => ({
    ...(await migrate(client, repositoryMigrations(), { log })),
    partitions: await createPartitions(client, month, month + MONTHS_AHEAD),
  }));
}
