import { setTimeout as sleep } from 'node:timers/promises';
import { writeAudit } from '../../access/audit';
import type { Principal } from '../../access/principal';
import type { Database, Pool } from '../../database/pools';
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

const CLOCK = 'SELECT clock_timestamp()::text AS now';

const EARLIER_WRITERS = `SELECT FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND xact_start < $1::timestamptz
    AND pid <> pg_backend_pid() LIMIT 1`;

/** Longest wait for earlier writers, ms: the server ends their statements after 30 s. */
const MAX_WAIT_MS = 35_000;

/** Time between two looks at earlier writers, ms. */
const WAIT_MS = 50;

/** Where a slice ends. */
interface Position {
  readonly timestamp: string;
  readonly id: string;
}

/** Before all rows. */
const START: Position = { timestamp: '-infinity', id: '00000000-0000-0000-0000-000000000000' };

/**
 * Erases a user's prompts and name; requests and their costs stay. First the time of the erasure is stored with a row
 * in the audit log of each project, so that records of earlier times that arrive later come without a prompt; then it
 * waits for the transactions that began before, for at most 35 s. An erasure that was cut may be repeated.
 * @throws RequestError `not_found` for an unknown user, `project_not_visible`
 */
export async function erasePrompts(
  { writes }: Pick<Database, 'writes'>,
  principal: Principal,
  { user, project }: EraseQuery,
  now: Date,
): Promise<EraseResult> {
  const { projectId } = projectScope(principal, project);
  const projects = await writes.transaction(async (client) => {
    const { rows } = await client.query<{ project_id: string }>('erase-mark', MARK, [
      user,
      projectId,
      now.toISOString(),
    ]);
    const found = rows.map(({ project_id }) => project_id);
    const entry = { actor: principal.keyId, action: 'user.erase', subject: user } as const;
    for (const one of found) await writeAudit(client, { ...entry, projectId: one }, now);
    return found;
  });
  if (projects.length === 0) {
    throw new RequestError('not_found', `User '${user}' does not exist in a project that this key sees.`);
  }
  await waitForWriters(writes);
  let erased = 0;
  for (const one of projects) {
    for (let position = START; ; ) {
      const { rows: slice } = await writes.query<Position>('erase-slice', SLICE, [
        ...[one, user, position.timestamp, position.id, now.toISOString()],
      ]);
      const last = slice.at(-1);
      if (last === undefined) break;
      erased += slice.length;
      position = last;
    }
  }
  return { projects, erased, erasedAt: now };
}

/** A writer that began before the mark was committed may not have seen it: its rows are erased after its end. */
async function waitForWriters(writes: Pool): Promise<void> {
  const { rows: clock } = await writes.query<{ now: string }>('erase-clock', CLOCK);
  for (let waited = 0; waited < MAX_WAIT_MS; waited += WAIT_MS) {
    const { rows } = await writes.query('erase-writers', EARLIER_WRITERS, [clock[0]?.now]);
    if (rows.length === 0) return;
    await sleep(WAIT_MS);
  }
}
