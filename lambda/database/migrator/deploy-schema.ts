import { type ConnectionSettings, connect } from '../../../service/database/connect';
import { MONTHS_AHEAD } from '../constants';
import { createPartitions, monthsAhead } from '../partitions/create-partitions';
import type { Month } from '../partitions/month';
import { type MigrateOptions, type MigrateResult, migrate } from './migrate';
import type { Migration } from './migration-files';
import { loginWithIam, loginWithPassword, type PasswordLogin } from './service-logins';

/** Inputs of `deploySchema`. */
export interface DeploySchemaProps extends MigrateOptions {
  /** Connection of a user that may create roles. */
  readonly admin: ConnectionSettings;
  /** All migration files, in order. */
  readonly migrations: readonly Migration[];
  /** How the service's users authenticate: with IAM tokens, or those of the list with their passwords. */
  readonly logins: 'iam' | readonly PasswordLogin[];
  /** Current month. */
  readonly month: Month;
  /** Earliest month that gets a partition, so that imports of older requests have a place. @default month */
  readonly oldestMonth?: Month;
}

/** What a deployment changed in the database. */
export interface DeployedSchema extends MigrateResult {
  /** Names of the partitions created by this run. */
  readonly partitions: readonly string[];
  /** Months after the current one, without a gap, that have a partition. */
  readonly monthsAhead: number;
}

/**
 * Everything that a deployment does to the database: it migrates the schema, creates partitions and sets how the
 * service's users log in.
 * @param signal closes the connection; the server then rolls back the open transaction
 */
export async function deploySchema(props: DeploySchemaProps, signal?: AbortSignal): Promise<DeployedSchema> {
  const { admin, migrations, logins, month, oldestMonth = month } = props;
  signal?.throwIfAborted();
  const client = await connect(admin);
  const cut = () => void client.end().catch(() => undefined);
  signal?.addEventListener('abort', cut);
  try {
    signal?.throwIfAborted();
    const result = await migrate(client, migrations, props);
    const partitions = await createPartitions(client, oldestMonth, month + MONTHS_AHEAD, month);
    if (logins === 'iam') await loginWithIam(client);
    else for (const login of logins) await loginWithPassword(client, login);
    return { ...result, partitions, monthsAhead: await monthsAhead(client, month) };
  } finally {
    signal?.removeEventListener('abort', cut);
    await client.end().catch(() => undefined);
  }
}
