import type { Queryable } from '../database/pools';
import { AccessError } from './access-error';
import { type AccessProps, newId } from './access-props';
import { writeAudit } from './audit';
import { copyKeyBudgets } from './key-budgets';
import { KEY_START, keyOf, type NewKey, newKey } from './key-token';
import { pageOf, type RowPage } from './page';
import { ORGANISATION_ROLES, type Principal, type Role } from './principal';

/** A key as lists show it; the key itself is stored nowhere. */
export interface KeyRow {
  readonly id: string;
  /** UUID; null for a key of the organisation. */
  readonly project_id: string | null;
  readonly name: string;
  /** First 8 characters. */
  readonly prefix: string;
  readonly roles: Role[];
  /** Models that the key may call; null: all. */
  readonly allowed_models: string[] | null;
  readonly requests_per_minute: number | null;
  readonly tokens_per_minute: number | null;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  /** Key that replaces this one. */
  readonly rotated_to: string | null;
  readonly last_used_at: Date | null;
  readonly created_by: string;
}

/** A key that is made. */
export interface KeyChange {
  /** UUID; null for a key of the organisation. */
  readonly projectId: string | null;
  /** What people call the key, 1 to 128 characters. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** Models that the key may call. @default - all */
  readonly allowedModels?: readonly string[] | null;
  /** The project's limit counts where it is smaller. @default - the project's */
  readonly requestsPerMinute?: number | null;
  /** @default - the project's */
  readonly tokensPerMinute?: number | null;
  /** When the key ends by itself. @default - never */
  readonly expiresAt?: Date | null;
}

/** A key with its secret, which is shown once. */
export interface CreatedKey {
  readonly key: KeyRow;
  readonly secret: string;
}

/** Longest time that a rotated key goes on working, seconds: 30 days. */
export const MAX_OVERLAP_SECONDS = 30 * 86_400;

const COLUMNS = `id, project_id, name, prefix, roles, allowed_models, requests_per_minute, tokens_per_minute,
  created_at, expires_at, revoked_at, rotated_to, last_used_at, created_by`;

/** Creates a key. @throws AccessError where the project or the roles do not fit */
export async function createKey(props: AccessProps, change: KeyChange, actor: string): Promise<CreatedKey> {
  checkRoles(change);
  const now = props.now();
  checkExpiry(change.expiresAt, now);
  const made = newKey();
  const key = await props.database.writes.transaction(async (client) => {
    if (change.projectId !== null) await checkProject(client, change.projectId);
    const row = await insertKey(client, change, made, { actor, now });
    const detail = { name: row.name, roles: row.roles, prefix: row.prefix };
    const entry = {
      actor,
      action: 'key.create',
      projectId: change.projectId,
      subject: row.id,
      detail,
    } as const;
    await writeAudit(client, entry, now);
    return row;
  });
  return { key, secret: made.secret };
}

/**
 * Stores a key of the organisation that somebody else made, unless it is stored. Several pods may do so at once.
 * @param secret the key, or its 43 characters after `lco_`, as Secrets Manager generates them
 * @returns whether it is new
 * @throws AccessError where the text is not a key
 */
export async function storeFirstKey(props: AccessProps, secret: string): Promise<boolean> {
  const key = keyOf(secret.trim()) ?? keyOf(KEY_START + secret.trim());
  if (key === undefined) {
    throw new AccessError(
      'invalid_change',
      'the first admin key must be 43 of A-Z a-z 0-9 - _, with or without lco_ before them',
    );
  }
  const { rows } = await props.database.reads.query('key-by-hash', 'SELECT 1 FROM api_keys WHERE hash = $1', [
    key.hash,
  ]);
  if (rows.length > 0) return false;
  const change = { projectId: null, name: 'first admin key', roles: ORGANISATION_ROLES };
  try {
    await insertKey(props.database.writes, change, key, { actor: 'start', now: props.now() });
    return true;
  } catch (error) {
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}

/** Keys that a principal may see, the newest first. */
export async function listKeys(
  { database }: AccessProps,
  principal: Principal,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
): Promise<RowPage<KeyRow>> {
  const { rows } = await database.reads.query<KeyRow>(
    'key-list',
    `SELECT ${COLUMNS} FROM api_keys WHERE ($1::uuid IS NULL OR project_id = $1) AND ($2::uuid IS NULL OR id < $2)
     ORDER BY id DESC LIMIT $3`,
    [principal.projectId, cursor ?? null, limit + 1],
  );
  return pageOf(rows, limit, ({ id }) => id);
}

/** Which key is rotated, by whom, and for how long the former one goes on working. */
export interface KeyRotation {
  readonly id: string;
  /** Project whose keys the actor may change; null: all. */
  readonly projectId: string | null;
  /** Time in which both keys work, seconds, at most 30 days. */
  readonly overlapSeconds: number;
  readonly actor: string;
}

/**
 * Makes a key that replaces another with the same rights. Both work for the overlap.
 * @throws AccessError where the key does not exist, has ended or was rotated before
 */
export async function rotateKey(props: AccessProps, rotation: KeyRotation): Promise<CreatedKey> {
  const { id, actor, overlapSeconds } = rotation;
  const now = props.now();
  const made = newKey();
  const key = await props.database.writes.transaction(async (client) => {
    const former = await lockKey(client, id, rotation.projectId);
    if (former.rotated_to !== null || hasEnded(former, now)) {
      throw new AccessError('conflict', `key ${id} has ended or was rotated before: create a new key`);
    }
    const change: KeyChange = {
      projectId: former.project_id,
      name: former.name,
      roles: former.roles,
      allowedModels: former.allowed_models,
      requestsPerMinute: former.requests_per_minute,
      tokensPerMinute: former.tokens_per_minute,
      expiresAt: former.expires_at,
    };
    const row = await insertKey(client, change, made, { actor, now });
    const ends = new Date(now.getTime() + overlapSeconds * 1000);
    await client.query(
      'key-rotate',
      'UPDATE api_keys SET rotated_to = $2, expires_at = least(expires_at, $3) WHERE id = $1',
      [id, row.id, ends],
    );
    await copyKeyBudgets(client, { from: id, to: row.id, actor, now });
    const detail = { rotated_to: row.id, expires_at: ends };
    const entry = { actor, action: 'key.rotate', projectId: former.project_id, subject: id, detail } as const;
    await writeAudit(client, entry, now);
    return row;
  });
  await props.changed?.(`key:${id}`);
  return { key, secret: made.secret };
}

/** Ends a key; pods refuse it at once, or within 10 s where they do not hear of it. A second time changes nothing. @throws AccessError `not_found` */
export async function revokeKey(
  props: AccessProps,
  { id, projectId, actor }: Omit<KeyRotation, 'overlapSeconds'>,
): Promise<KeyRow> {
  const now = props.now();
  const revoked = await props.database.writes.transaction(async (client) => {
    const key = await lockKey(client, id, projectId);
    if (key.revoked_at !== null) return key;
    await client.query('key-revoke', 'UPDATE api_keys SET revoked_at = $2 WHERE id = $1', [id, now]);
    await writeAudit(client, { actor, action: 'key.revoke', projectId: key.project_id, subject: id }, now);
    return { ...key, revoked_at: now };
  });
  await props.changed?.(`key:${id}`);
  return revoked;
}

async function insertKey(
  client: Queryable,
  change: KeyChange,
  { hash, prefix }: NewKey,
  { actor, now }: { readonly actor: string; readonly now: Date },
): Promise<KeyRow> {
  const { rows } = await client.query<KeyRow>(
    'key-insert',
    `INSERT INTO api_keys (id, project_id, name, hash, prefix, roles, allowed_models, requests_per_minute,
       tokens_per_minute, created_at, expires_at, created_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING ${COLUMNS}`,
    [
      newId(now),
      change.projectId,
      change.name,
      hash,
      prefix,
      [...change.roles],
      change.allowedModels ?? null,
      change.requestsPerMinute ?? null,
      change.tokensPerMinute ?? null,
      now,
      change.expiresAt ?? null,
      actor,
    ],
  );
  return rows[0] as KeyRow;
}

async function lockKey(client: Queryable, id: string, projectId: string | null): Promise<KeyRow> {
  const { rows } = await client.query<KeyRow>(
    'key-lock',
    `SELECT ${COLUMNS} FROM api_keys WHERE id = $1 AND ($2::uuid IS NULL OR project_id = $2) FOR UPDATE`,
    [id, projectId],
  );
  if (rows[0] === undefined) {
    throw new AccessError(
      'not_found',
      `there is no key ${id} that this key may change: see GET /api/v1/keys`,
    );
  }
  return rows[0];
}

async function checkProject(client: Queryable, id: string): Promise<void> {
  const { rows } = await client.query('project-exists', 'SELECT archived_at FROM projects WHERE id = $1', [
    id,
  ]);
  if (rows[0] === undefined)
    throw new AccessError('not_found', `there is no project ${id}: see GET /api/v1/projects`);
  if (rows[0]['archived_at'] !== null) {
    throw new AccessError('conflict', `project ${id} is archived: restore it before you make a key for it`);
  }
}

function checkRoles({ projectId, roles }: KeyChange): void {
  const wrong = projectId === null ? roles.filter((role) => !ORGANISATION_ROLES.includes(role)) : [];
  if (wrong.length > 0) {
    throw new AccessError(
      'invalid_change',
      `'roles' of a key of the organisation must be among ${ORGANISATION_ROLES.join(', ')}, got ${wrong.join(', ')}: give the key a project`,
    );
  }
}

function checkExpiry(expiresAt: Date | null | undefined, now: Date): void {
  if (expiresAt != null && expiresAt <= now) {
    throw new AccessError(
      'invalid_change',
      `'expires_at' must be after now (${now.toISOString()}), got ${expiresAt.toISOString()}`,
    );
  }
}

/** Whether a key works no more. */
export function hasEnded(key: Pick<KeyRow, 'expires_at' | 'revoked_at'>, now: Date): boolean {
  return key.revoked_at !== null || (key.expires_at !== null && key.expires_at <= now);
}

/** Whether a statement was refused because a value must be unique. */
export function isUniqueViolation(error: unknown): boolean {
  return (error as { code?: unknown }).code === '23505';
}
