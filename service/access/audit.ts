import type { Queryable } from '../database/pools';
import { type AccessProps, newId } from './access-props';
import { pageOf, type RowPage } from './page';
import type { Principal } from './principal';

/** What changes leave a row in the audit log. */
export type AuditAction =
  | 'key.create'
  | 'key.rotate'
  | 'key.revoke'
  | 'project.create'
  | 'project.update'
  | 'budget.create'
  | 'budget.update'
  | 'budget.delete'
  | 'prices.import'
  | 'prices.set'
  | 'requests.reprice'
  | 'user.erase'
  | 'session.create'
  | 'tag.declare'
  | 'pod.profile'
  | 'pod.command'
  | 'cache.invalidate';

/** A change. */
export interface AuditEntry {
  /** Id of the key, or the name of the command that made it. */
  readonly actor: string;
  readonly action: AuditAction;
  /** Project, a UUID; null for a change of the organisation. */
  readonly projectId: string | null;
  /** What was changed, such as the id of a key. */
  readonly subject: string;
  /** Further facts; never a secret or a prompt. @default - none */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** A row of the audit log. */
export interface AuditRow {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly project_id: string | null;
  readonly subject: string;
  readonly detail: Record<string, unknown>;
}

/** Adds a row, in the transaction of the change where there is one. */
export async function writeAudit(client: Queryable, entry: AuditEntry, now: Date): Promise<void> {
  await client.query(
    'audit-write',
    'INSERT INTO audit_log (id, at, actor, action, project_id, subject, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)',
    [
      newId(now),
      now,
      entry.actor,
      entry.action,
      entry.projectId,
      entry.subject,
      JSON.stringify(entry.detail ?? {}),
    ],
  );
}

/** The newest changes that a principal may see: those of its project, or all for the organisation. */
export async function listAudit(
  { database }: AccessProps,
  principal: Principal,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
): Promise<RowPage<AuditRow>> {
  const { rows } = await database.reads.query<AuditRow>(
    'audit-list',
    `SELECT id, at, actor, action, project_id, subject, detail FROM audit_log
     WHERE ($1::uuid IS NULL OR project_id = $1) AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
    [principal.projectId, cursor ?? null, limit + 1],
  );
  return pageOf(rows, limit, ({ id }) => id);
}
