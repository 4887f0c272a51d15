import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionSettings, withConnection } from '../../service/database/connect';
import type { EmbeddedPostgres } from '../db/embedded-postgres';
import { writeServerFile } from './archive';

export interface RestoreProps {
  /** A server that does not run, whose data folder is a base backup. */
  readonly server: EmbeddedPostgres;
  /** Folder of the archived log of changes. */
  readonly archive: string;
  /** Changes that were committed after it are not restored. */
  readonly target: Date;
  /** The superuser's log-in once it runs. */
  readonly login: ConnectionSettings & { readonly port: number };
  /** Ends the wait early. */
  readonly signal: AbortSignal;
}

/** Longest recovery, ms. */
const RECOVERY_MS = 60_000;
const POLL_MS = 50;

/** Starts a server with the state of a point in time, and waits until it takes writes. */
export async function restoreTo({ server, archive, target, login, signal }: RestoreProps): Promise<void> {
  const data = join(server.folder, 'data');
  const settings = {
    restore_command: `cp "${archive}/%f" "%p"`,
    // The parameter takes no time in the form of RFC 3339.
    recovery_target_time: target.toISOString().replace('T', ' ').replace('Z', '+00'),
    recovery_target_action: 'promote',
    // The former server's archive stays as it is.
    archive_mode: 'off',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
  // Later lines win; the file also has the former server's parameters.
  appendFileSync(join(data, 'postgresql.auto.conf'), lines.join(''));
  writeServerFile(join(data, 'recovery.signal'), '', server.user);
  await server.startAside(login.port);
  for (let waitedMs = 0; waitedMs < RECOVERY_MS; waitedMs += POLL_MS) {
    if (!(await isInRecovery(login))) return;
    await sleep(POLL_MS, undefined, { signal });
  }
  throw new Error(
    `the restored PostgreSQL took no writes within ${RECOVERY_MS / 1000} s: ${server.lastLines(3).join('; ')}`,
  );
}

function isInRecovery(login: ConnectionSettings): Promise<boolean> {
  return withConnection(login, async (client) => {
    const { rows } = await client.query<{ recovers: boolean }>('SELECT pg_is_in_recovery() AS recovers');
    return rows[0]?.recovers !== false;
  });
}
