import { type ConnectionSettings, connect } from '../connection/connect';
import { MONTHS_AHEAD } from '../constants';
import { createPartitions, monthsAhead } from '../partitions/create-partitions';
import type { Month } from '../partitions/month';
import { loginWithIam, loginWithPassword } from './api-login';
import { type MigrateOptions, type MigrateResult, migrate } from './migrate';
import type { Migration } from './migration-files';

export interface DeploySchemaProps extends MigrateOptions {
  /** Log-in of a user who may make roles. */
  readonly admin: ConnectionSettings;
  readonly migrations: readonly Migration[];
  /** How the API logs in: with IAM tokens, or with the password of these settings. */
  readonly api: 'iam' | (ConnectionSettings & { readonly password: () => Promise<string> });
  /** The current month. */
  readonly month: Month;
}

export interface DeployedSchema extends MigrateResult {
  /** Partitions that were made now. */
  readonly partitions: readonly string[];
  /** Coming months that have a partition. */
  readonly monthsAhead: number;
}

/**
 * All that a deployment does to the database: schema, partitions to write into, the API's log-in.
 * @param signal cuts the connection, upon which the server takes back what is not finished
 */
export async function deploySchema(props: DeploySchemaProps, signal?: AbortSignal): Promise<DeployedSchema> {
  const { admin, migrations, api, month } = props;
  signal?.throwIfAborted();
  const client = await connect(admin);
  const cut = () => void client.end().catch(() => undefined);
  signal?.addEventListener('abort', cut);
  try {
    signal?.throwIfAborted();
    const result = await migrate(client, migrations, props);
    const partitions = await createPartitions(client, month, month + MONTHS_AHEAD);
    if (api === 'iam') await loginWithIam(client);
    else await loginWithPassword(client, api);
    return { ...result, partitions, monthsAhead: await monthsAhead(client, month) };
  } finally {
    signal?.removeEventListener('abort', cut);
    await client.end().catch(() => undefined);
  }
}
