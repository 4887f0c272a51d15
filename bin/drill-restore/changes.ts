import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { type MigrateResult, migrate } from '../../lambda/database/migrator/migrate';
import type { Migration } from '../../lambda/database/migrator/migration-files';
import { createKey, revokeKey } from '../../service/access/keys';
import { clientDatabase } from '../db/client-database';
import { repositoryMigrations } from '../db/repository-migrations';

/** The project that migrations make. */
export const DEFAULT_PROJECT = '00000000-0000-7000-8000-000000000001';

/** Name of the command in the audit log. */
const ACTOR = 'npm run drill:restore';

const SQL = 'SET LOCAL ROLE llm_cost_ops_owner;\nCREATE TABLE drill_of_restore (id uuid PRIMARY KEY);\n';

/** Longest wait for the pods to open a budget's window, ms: two rounds of 5 s, and some more. */
const WINDOW_MS = 30_000;
const POLL_MS = 200;

/** A release that comes out after the target: the repository's migrations and one more. */
export function deployRelease(client: Client): Promise<MigrateResult> {
  const name = `${String(repositoryMigrations().length + 1).padStart(4, '0')}_drill_of_restore`;
  const checksum = createHash('sha256').update(SQL).digest('hex');
  const next: Migration = { name, sql: SQL, checksum };
  return migrate(client, [...repositoryMigrations(), next]);
}

/** A key of the default project with the role `admin`. @returns its id, and the key itself */
export async function newAdminKey(client: Client, now: () => Date): Promise<{ id: string; secret: string }> {
  const access = { database: clientDatabase(client), now };
  const change = { projectId: DEFAULT_PROJECT, name: 'drill', roles: ['admin'] as const };
  const { key, secret } = await createKey(access, change, ACTOR);
  return { id: key.id, secret };
}

/** Revokes a key, as an admin does after a leak. */
export async function revoke(client: Client, id: string, now: () => Date): Promise<void> {
  const access = { database: clientDatabase(client), now };
  await revokeKey(access, { id, projectId: null, actor: ACTOR });
}

/** Makes a budget of the default project, and waits until its window counts. */
export async function newBudget(client: Client, url: string, key: string): Promise<void> {
  const answer = await fetch(`${url}/api/v1/budgets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ scope: 'project', window: 'month', limit_usd: '1000' }),
    signal: AbortSignal.timeout(WINDOW_MS),
  });
  if (answer.status !== 201) throw new Error(`POST /api/v1/budgets answered ${answer.status}`);
  for (let waitedMs = 0; waitedMs < WINDOW_MS; waitedMs += POLL_MS) {
    const { rows } = await client.query('SELECT FROM budget_windows WHERE is_final');
    if (rows.length > 0) return;
    await sleep(POLL_MS);
  }
  throw new Error(`no pod has opened the budget's window within ${WINDOW_MS / 1000} s`);
}
