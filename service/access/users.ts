import type { AccessProps } from './access-props';
import { pageOf, type RowPage } from './page';

/** A user of a project. */
export interface UserRow {
  readonly project_id: string;
  readonly user_id: string;
  /** Empty where nobody gave one. */
  readonly name: string;
  readonly created_at: Date;
  /** When the user's prompts and name were erased. */
  readonly erased_at: Date | null;
}

/** Which users a list shows. */
export interface UserList {
  /** Project, a UUID; null: all projects. */
  readonly projectId: string | null;
  readonly limit: number;
  /** Key of the last row of the page before, `project/user`. @default - the first page */
  readonly cursor?: string;
}

/** Users in the order of project and id. */
export async function listUsers({ database }: AccessProps, list: UserList): Promise<RowPage<UserRow>> {
  const { limit, projectId, cursor } = list;
  const [afterProject, afterUser] = cursor === undefined ? [null, null] : splitCursor(cursor);
  const { rows } = await database.reads.query<UserRow>(
    'user-list',
    `SELECT project_id, user_id, name, created_at, erased_at FROM project_users
     WHERE ($1::uuid IS NULL OR project_id = $1)
       AND ($2::uuid IS NULL OR (project_id, user_id) > ($2::uuid, $3::text))
     ORDER BY project_id, user_id LIMIT $4`,
    [projectId, afterProject, afterUser, limit + 1],
  );
  return pageOf(rows, limit, ({ project_id, user_id }) => `${project_id}/${user_id}`);
}

function splitCursor(cursor: string): [string, string] {
  const slash = cursor.indexOf('/');
  return [cursor.slice(0, slash), cursor.slice(slash + 1)];
}
