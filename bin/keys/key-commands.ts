import { AccessError } from '../../service/access/access-error';
import type { AccessProps } from '../../service/access/access-props';
import {
  type CreatedKey,
  createKey,
  type KeyRow,
  listKeys,
  revokeKey,
  rotateKey,
} from '../../service/access/keys';
import { ORGANISATION_ROLES, type Principal, ROLES, type Role } from '../../service/access/principal';
import { createProject } from '../../service/access/projects';
import { type OptionValues, type Terminal, UsageError } from '../cli/command';
import { numberWithin } from '../cli/option-values';
import { textTable } from '../cli/text-table';

/** Options of the subcommands. */
export const KEY_OPTIONS = {
  name: { type: 'string' },
  project: { type: 'string', default: 'default' },
  organisation: { type: 'boolean', default: false },
  roles: { type: 'string' },
  days: { type: 'string' },
  'overlap-hours': { type: 'string', default: '24' },
} as const;

/** A call of `npm run keys`. */
export interface KeysCall {
  readonly props: AccessProps;
  readonly options: OptionValues<typeof KEY_OPTIONS>;
  /** Id of the key; empty for `create` and `list`. */
  readonly id: string;
}

/** Author of the changes in the audit log. */
const ACTOR = 'npm run keys';

/** Sees all projects. */
const OPERATOR: Principal = {
  keyId: ACTOR,
  organisation: true,
  projectId: null,
  roles: new Set(ORGANISATION_ROLES),
};

/** Rows of a list that are read at once. */
const PAGE_ROWS = 1000;

const DAY_MS = 86_400_000;

/** `create`: prints a new key. */
export async function createKeyOf({ props, options }: KeysCall, { print }: Terminal): Promise<number> {
  const { name, organisation, days } = options;
  if (name === undefined) throw new UsageError('--name must be given: what people call the key');
  const lifetime = days === undefined ? undefined : numberWithin('days', days, { least: 1, most: 3650 });
  return refusable(async () => {
    const projectId = organisation ? null : await projectOf(props, options.project);
    const expiresAt = lifetime === undefined ? null : new Date(props.now().getTime() + lifetime * DAY_MS);
    const roles = rolesOf(options.roles ?? (organisation ? 'read,admin' : 'ingest,read'));
    printKey(await createKey(props, { projectId, name, roles, expiresAt }, ACTOR), print);
  });
}

/** `list`: prints all keys. */
export async function listAllKeys({ props }: KeysCall, { print }: Terminal): Promise<number> {
  const keys: KeyRow[] = [];
  for (let cursor: string | undefined | null; cursor !== null; ) {
    const page = await listKeys(props, OPERATOR, { limit: PAGE_ROWS, cursor });
    keys.push(...page.rows);
    cursor = page.nextCursor;
  }
  const head = ['id', 'project', 'name', 'key', 'roles', 'created', 'ends', 'last used'];
  const time = (at: Date | null) => at?.toISOString().slice(0, 16) ?? '';
  const rows = keys.map((key) => [
    key.id,
    key.project_id ?? 'organisation',
    key.name,
    `${key.prefix}…`,
    key.roles.join(','),
    time(key.created_at),
    key.revoked_at === null ? time(key.expires_at) : `revoked ${time(key.revoked_at)}`,
    time(key.last_used_at),
  ]);
  for (const line of textTable([head, ...rows], () => false)) print(line);
  return 0;
}

/** `rotate`: prints a key that replaces another. */
export async function rotateKeyOf({ props, options, id }: KeysCall, { print }: Terminal): Promise<number> {
  const hours = numberWithin('overlap-hours', options['overlap-hours'], { least: 0, most: 720 });
  const rotation = { id: uuid(id), projectId: null, overlapSeconds: hours * 3600, actor: ACTOR };
  return refusable(async () => printKey(await rotateKey(props, rotation), print));
}

/** `revoke`: ends a key. */
export async function revokeKeyOf({ props, id }: KeysCall, { print }: Terminal): Promise<number> {
  return refusable(async () => {
    await revokeKey(props, { id: uuid(id), projectId: null, actor: ACTOR });
    print(`Revoked ${id}; every pod refuses it within 10 s`);
  });
}

function printKey({ key, secret }: CreatedKey, print: (line: string) => void): void {
  print(secret);
  print(`id ${key.id}, roles ${key.roles.join(',')}; the key is shown this once and stored nowhere`);
}

/** Id of the project with a name, which is made where there is none. */
async function projectOf(props: AccessProps, name: string): Promise<string> {
  const { rows } = await props.database.reads.query<{ id: string }>(
    'project-by-name',
    'SELECT id FROM projects WHERE name = $1',
    [name],
  );
  return rows[0]?.id ?? (await createProject(props, { name }, ACTOR)).id;
}

function rolesOf(text: string): Role[] {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !ROLES.some((role) => role === name));
  if (wrong !== undefined) throw new UsageError(`--roles must be among ${ROLES.join(', ')}, got ${wrong}`);
  return names as Role[];
}

function uuid(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text;
  throw new UsageError(`id of a key must be a UUID, got ${text}; npm run keys -- list prints them`);
}

/** Runs a change; a refusal is the user's to correct. */
async function refusable(work: () => Promise<void>): Promise<number> {
  try {
    await work();
    return 0;
  } catch (error) {
    if (error instanceof AccessError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
