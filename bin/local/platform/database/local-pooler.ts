import { pgBouncerLimits } from '../../../../lib/config/connection-budget';
import { UsageError } from '../../../cli/command';
import { type Logins, localLogin } from '../../../db/local-database';
import type { LocalProcess } from '../../local-process';
import { pgBouncer, pgBouncerProgram } from '../../pgbouncer';
import type { StartTools } from '../start-tools';

/** A running PgBouncer. */
export interface LocalPooler {
  readonly process: LocalProcess;
  readonly port: number;
}

/** Users of the service, whose passwords PgBouncer knows. */
const USERS = ['api', 'writer', 'admin'] as const;

/**
 * Starts PgBouncer before PostgreSQL with the settings of the environment. @returns null where none is wanted
 * @throws UsageError where it is not installed
 */
export async function startPooler(tools: StartTools, logins: Logins): Promise<LocalPooler | null> {
  const { props, config, ports, owner, processes } = tools;
  const { pooled = false, searchPath, folder, signal } = props;
  if (!pooled) return null;
  const program = pgBouncerProgram(searchPath);
  if (program === undefined) throw new UsageError('PgBouncer is not installed: run .ci/install-servers');
  const port = await ports.free();
  const process = pgBouncer({
    ...{ program, folder, port, server: { host: '127.0.0.1', port: logins.port } },
    users: Object.fromEntries(USERS.map((who) => [localLogin(logins, who).user, logins[who]])),
    limits: pgBouncerLimits(config),
    queryWaitSeconds: config.database.clientPool.connectionTimeoutSeconds,
    ...owner.hooks('pgbouncer'),
  });
  processes.backends.add(process);
  await process.start(signal);
  return { process, port };
}
