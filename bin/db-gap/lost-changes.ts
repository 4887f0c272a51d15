import type { Client } from 'pg';

/** A change by a person that the restored database does not know. */
export interface LostChange {
  /** RFC 3339. */
  readonly at: string;
  /** Such as `key.revoke`. */
  readonly action: string;
  /** Id of what was changed, such as that of a key. */
  readonly subject: string;
  /** UUID; null for a change of the organisation. */
  readonly project: string | null;
  /** Id of the key, or the command that made the change. */
  readonly actor: string;
}

/** Most changes that are read. */
const MOST_CHANGES = 10_000;

/** Actions that a restore must not leave undone: a revoked key works again, an erased prompt is there again. */
const URGENT: Readonly<Record<string, string>> = {
  'key.revoke': 'revoked keys work again: revoke them with npm run keys -- revoke <id>',
  'key.rotate': 'rotated keys have their former expiry again: rotate them again',
  'user.erase': 'erased prompts are there again: erase them with POST /api/v1/users/<id>/erase',
};

const SINCE = `SELECT id, at, action, subject, project_id, actor FROM audit_log WHERE at >= $1
  ORDER BY id LIMIT ${MOST_CHANGES}`;

interface Row {
  readonly id: string;
  readonly at: Date;
  readonly action: string;
  readonly subject: string;
  readonly project_id: string | null;
  readonly actor: string;
}

/**
 * Entries of the former database's audit log that the restored one lacks.
 * @param from target of the restore
 */
export async function lostChanges(former: Client, restored: Client, from: Date): Promise<LostChange[]> {
  const { rows } = await former.query<Row>(SINCE, [from]);
  const known = await restored.query<{ id: string }>('SELECT id FROM audit_log WHERE id = ANY ($1::uuid[])', [
    rows.map(({ id }) => id),
  ]);
  const ids = new Set(known.rows.map(({ id }) => id));
  return rows
    .filter(({ id }) => !ids.has(id))
    .map(({ at, action, subject, project_id: project, actor }) => ({
      ...{ at: at.toISOString(), action, subject, project, actor },
    }));
}

/** What people have to do again because of lost changes, a sentence each. */
export function changeWarnings(changes: readonly LostChange[] | null, usableKeys: number): string[] {
  if (changes === null) {
    return [
      `which changes the restore has undone is unknown without --former: keys that were revoked after the target work again. ${usableKeys} keys work now; compare them with what you know (npm run keys -- list)`,
    ];
  }
  const byAction = Map.groupBy(changes, ({ action }) => action);
  const urgent = Object.entries(URGENT).flatMap(([action, what]) => {
    const lost = byAction.get(action) ?? [];
    return lost.length === 0 ? [] : [`${what} (${lost.map(({ subject }) => subject).join(', ')})`];
  });
  const others = changes.filter(({ action }) => !Object.hasOwn(URGENT, action));
  const more = changes.length === MOST_CHANGES ? ' or more' : '';
  return others.length === 0
    ? urgent
    : [...urgent, `${others.length}${more} other changes are undone; they are in the list of lost changes`];
}

/** Number of keys that may be used at a time. */
export async function usableKeys(restored: Client, now: Date): Promise<number> {
  const { rows } = await restored.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM api_keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)',
    [now],
  );
  return rows[0]?.count ?? 0;
}
