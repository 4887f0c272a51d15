import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { type ConnectionSettings, withConnection } from '../../service/database/connect';
import type { EmbeddedPostgres } from '../db/embedded-postgres';

type Owner = EmbeddedPostgres['user'];

/** Folders of a data folder whose content is not part of a backup (PostgreSQL's documentation, 25.3.4). */
const EMPTY = new Set([
  ...['pg_wal', 'pg_replslot', 'pg_dynshmem', 'pg_notify', 'pg_serial', 'pg_snapshots', 'pg_stat_tmp'],
  ...['pg_subtrans', 'pgsql_tmp'],
]);

/** Files of the running server. */
const LEFT_OUT = new Set(['postmaster.pid', 'postmaster.opts']);

/** Longest wait for a segment to be archived, ms. */
const ARCHIVE_MS = 30_000;
const POLL_MS = 50;

/** Makes a folder that the server's processes may write. */
export function serverFolder(path: string, owner: Owner): string {
  mkdirSync(path, { mode: 0o700 });
  own(path, owner);
  return path;
}

/** Archives the server's log of changes into a folder from now on. It must run with `archive_mode = on`. */
export async function startArchiving(client: Client, folder: string): Promise<void> {
  const command = `test ! -f "${folder}/%f" && cp "%p" "${folder}/%f"`;
  await client.query(`ALTER SYSTEM SET archive_command = ${client.escapeLiteral(command)}`);
  await client.query('SELECT pg_reload_conf()');
}

/** Copies the data folder of a running server, by PostgreSQL's low-level API: npm brings no pg_basebackup. */
export async function baseBackup(
  login: ConnectionSettings,
  { source, target, owner }: { readonly source: string; readonly target: string; readonly owner: Owner },
): Promise<void> {
  await withConnection(login, async (client) => {
    await client.query("SELECT pg_backup_start('drill', true)");
    copyFolder(source, target, owner);
    const { rows } = await client.query<{ labelfile: string; spcmapfile: string }>(
      'SELECT labelfile, spcmapfile FROM pg_backup_stop(true)',
    );
    for (const { labelfile } of rows) writeServerFile(join(target, 'backup_label'), labelfile, owner);
  });
}

/** Waits until everything that is committed now is archived. */
export async function archiveAll(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>('SELECT pg_walfile_name(pg_switch_wal()) AS name');
  const name = String(rows[0]?.name);
  for (let waitedMs = 0; waitedMs < ARCHIVE_MS; waitedMs += POLL_MS) {
    const archived = await client.query('SELECT FROM pg_stat_archiver WHERE last_archived_wal >= $1', [name]);
    if (archived.rows.length > 0) return;
    await sleep(POLL_MS);
  }
  throw new Error(`PostgreSQL did not archive ${name} within ${ARCHIVE_MS / 1000} s`);
}

/** Writes a file of a server that does not run. */
export function writeServerFile(path: string, text: string, owner: Owner): void {
  writeFileSync(path, text, { mode: 0o600 });
  own(path, owner);
}

/** Files of a running server may vanish meanwhile; the log of changes has what was in them. */
function copyFolder(source: string, target: string, owner: Owner): void {
  serverFolder(target, owner);
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (LEFT_OUT.has(entry.name)) continue;
    if (!entry.isDirectory()) copyFile(from, to, owner);
    else if (EMPTY.has(entry.name)) serverFolder(to, owner);
    else copyFolder(from, to, owner);
  }
}

function copyFile(from: string, to: string, owner: Owner): void {
  try {
    copyFileSync(from, to);
    chmodSync(to, statSync(from).mode);
    own(to, owner);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function own(path: string, { uid, gid }: Owner): void {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}
