import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { AccessProps } from '../../../service/access/access-props';
import { createKey } from '../../../service/access/keys';
import type { Role } from '../../../service/access/principal';
import { createProject } from '../../../service/access/projects';
import { clientDatabase } from '../../db/client-database';

/** What the platform made for the people who try it. Only the owner of its file can read it. */
export interface PlatformAccess {
  /** Ids of the two projects. */
  readonly projects: { readonly project: string; readonly otherProject: string };
  readonly keys: {
    /** A key of the organisation with the roles `read` and `admin`. */
    readonly organisationAdmin: string;
    /** A key of the first project with the roles `ingest`, `read` and `gateway`. */
    readonly project: string;
    /** The same for the second project. */
    readonly otherProject: string;
  };
}

/** Who made it, in the audit. */
const ACTOR = 'npm start';

const NAMES = ['Support assistant', 'Search'] as const;

const PROJECT_ROLES: readonly Role[] = ['ingest', 'read', 'gateway'];

/** The projects and keys of a folder; they are made where it has none. */
export async function platformAccess(
  client: Client,
  folder: string,
  now: () => Date,
): Promise<PlatformAccess> {
  const file = join(folder, 'access.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const props: AccessProps = { database: clientDatabase(client), now };
  const [project, otherProject] = [
    await projectNamed(client, NAMES[0], props),
    await projectNamed(client, NAMES[1], props),
  ];
  const key = async (projectId: string | null, roles: readonly Role[]) =>
    (await createKey(props, { projectId, roles, name: 'local' }, ACTOR)).secret;
  const access: PlatformAccess = {
    projects: { project, otherProject },
    keys: {
      organisationAdmin: await key(null, ['read', 'admin']),
      project: await key(project, PROJECT_ROLES),
      otherProject: await key(otherProject, PROJECT_ROLES),
    },
  };
  // A start that is killed here makes other keys the next time.
  writeFileSync(`${file}.new`, `${JSON.stringify(access, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return access;
}

/** @returns its id */
async function projectNamed(client: Client, name: string, props: AccessProps): Promise<string> {
  const { rows } = await client.query<{ id: string }>('SELECT id FROM projects WHERE name = $1', [name]);
  return rows[0]?.id ?? (await createProject(props, { name }, ACTOR)).id;
}
