import type { Principal } from '../../access/principal';
import type { Database } from '../../database/pools';
import { RequestError } from '../errors';
import { projectScope } from '../project-scope';

/** Rows of one statement; each ends long before the server's time limit for statements. */
const SLICE_ROWS = 1000;

/** Whose prompts are erased. */
export interface EraseQuery {
  /** Id of the user. */
  readonly user: string;
  /** Project, a UUID. @default - all projects that the key sees */
  readonly project?: string;
}

/** Result of an erasure. */
export interface EraseResult {
  /** Projects in which the user was found. */
  readonly projects: readonly string[];
  /** Requests whose prompt was erased. */
  readonly erased: number;
  /** Records before this time that arrive later are stored without a prompt. */
  readonly erasedAt: Date;
}

const MARK = `UPDATE project_users SET erased_at = $3::timestamptz, name = ''
  WHERE user_id = $1 AND ($2::uuid IS NULL OR project_id = $2::uuid) RETURNING project_id`;

const SLICE = `WITH slice AS (
  SELECT id, "timestamp" FROM llm_requests
  WHERE project_id = $1::uuid AND user_id = $2 AND ("timestamp", id) > ($3::timestamptz, $4::uuid)
    AND "timestamp" >= $3::timestamptz AND "timestamp" <= $5::timestamptz AND prompt <> ''
  ORDER BY "timestamp", id LIMIT ${SLICE_ROWS}
), erased AS (
  UPDATE llm_requests r SET prompt = '' FROM slice s WHERE r.id = s.id AND r."timestamp" = s."timestamp"
)
SELECT id, "timestamp"::text FROM slice ORDER BY slice."timestamp", id`;

/** Before all rows. */
const START = { timestamp: '-infinity', id: '00000000-0000-0000-0000-000000000000' };

/**
 * Erases a user's prompts and name; requests and their costs stay. First the time of the erasure is stored, so that
 * records of earlier times that arrive later, and those of writers under way, come without a prompt. An erasure that
 * was cut may be repeated.
 * @throws RequestError `not_found` for an unknown user, `project_not_visible`
 */
export async function erasePrompts(
  { writes }: Pick<Database, 'writes'>,
  principal: Principal,
  { user, project }: EraseQuery,
  now: Date,
): Promise<EraseResult> {
  const { projectId } = projectScope(principal, project);
  const { rows } = await writes.query<{ project_id: string }>('erase-mark', MARK, [
    user,
    projectId,
    now.toISOString(),
  ]);
  if (rows.length === 0) {
    throw new RequestError('not_found', `User '${user}' does not exist in a project that this key sees.`);
  }
  const projects = rows.map(({ project_id }) => project_id);
  let erased = 0;
  for (const one of projects) {
    let last: typeof START | undefined = START;
    while (last !== undefined) {
      const values = [one, user, last.timestamp, last.id, now.toISOString()];
      const slice = await writes.query<typeof START>('erase-slice', SLICE, values);
      erased += slice.rows.length;
      last = slice.rows.at(-1);
    }
  }
  return { projects, erased, erasedAt: now };
}
