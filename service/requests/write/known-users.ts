import { LRUCache } from 'lru-cache';
import type { Queryable } from '../../database/pools';

/** Users that are remembered; a key takes some 100 bytes. */
const MAX_KNOWN = 100_000;

/** A user of a project. */
export interface ProjectUser {
  readonly projectId: string;
  readonly userId: string;
}

const INSERT_USERS = `INSERT INTO users (id) SELECT DISTINCT u FROM unnest($1::text[]) u ORDER BY u ON CONFLICT DO NOTHING`;

const INSERT_PROJECT_USERS = `INSERT INTO project_users (project_id, user_id)
  SELECT DISTINCT p, u FROM unnest($1::uuid[], $2::text[]) AS n (p, u) ORDER BY p, u ON CONFLICT DO NOTHING`;

/** Remembers which users exist, so that not every batch touches the rows of busy users. Users are never deleted. */
export class KnownUsers {
  private readonly known = new LRUCache<string, true>({ max: MAX_KNOWN });

  /** Those that are not known to exist, each once. */
  unknown(users: readonly ProjectUser[]): ProjectUser[] {
    const unknown = new Map<string, ProjectUser>();
    for (const { projectId, userId } of users) {
      const key = `${projectId} ${userId}`;
      if (this.known.get(key) === undefined) unknown.set(key, { projectId, userId });
    }
    return [...unknown.values()];
  }

  /** To be called after the transaction that inserted them has committed. */
  remember(users: readonly ProjectUser[]): void {
    for (const { projectId, userId } of users) this.known.set(`${projectId} ${userId}`, true);
  }

  /** To be called where the database lacks a known user, as after a restore to an earlier time. */
  forget(): void {
    this.known.clear();
  }
}

/** Inserts users that do not exist, sorted, so that two writers do not deadlock. */
export async function insertUsers(client: Queryable, users: readonly ProjectUser[]): Promise<void> {
  if (users.length === 0) return;
  const ids = users.map(({ userId }) => userId);
  await client.query('users-insert', INSERT_USERS, [ids]);
  await client.query('project-users-insert', INSERT_PROJECT_USERS, [
    users.map(({ projectId }) => projectId),
    ids,
  ]);
}
