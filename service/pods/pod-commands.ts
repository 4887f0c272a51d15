import { AccessError } from '../access/access-error';
import { newId } from '../access/access-props';
import { writeAudit } from '../access/audit';
import type { Pool, Queryable } from '../database/pools';
import type { ProfileKind } from '../telemetry/profiler';

/** Something an admin asks of a pod. */
export interface PodCommand {
  readonly id: string;
  readonly command: string;
  readonly arguments: unknown;
}

/** A profile that was asked for. */
export interface ProfileRow {
  readonly id: string;
  readonly pod_id: string;
  readonly arguments: { readonly kind: ProfileKind; readonly seconds: number };
  readonly created_at: Date;
  readonly taken_at: Date | null;
  readonly done_at: Date | null;
  readonly result: {
    readonly error?: string;
    readonly file_name?: string;
    readonly hottest?: unknown[];
  } | null;
  /** Bytes of the file; null where there is none yet. */
  readonly bytes: number | null;
  readonly created_by: string;
}

/** A profile to take. */
export interface ProfileRequest {
  readonly podId: string;
  readonly kind: ProfileKind;
  /** 1 to 60. */
  readonly seconds: number;
  /** Id of the key. */
  readonly actor: string;
}

/** Name of the command by which a pod takes a profile. */
export const PROFILE_COMMAND = 'profile';

/** Time since its last status after which a pod is gone, seconds. */
export const GONE_SECONDS = 60;

/** Time after which a command that has no answer no longer blocks the next one, seconds. */
const COMMAND_SECONDS = 120;

/** Most commands that a pod takes at once. */
const MOST_TAKEN = 20;

/** The oldest commands of some kinds for a pod that nobody has taken; they are taken now. */
export async function takeCommands(
  database: Queryable,
  podId: string,
  kinds: readonly string[],
): Promise<PodCommand[]> {
  const { rows } = await database.query<PodCommand & Record<string, unknown>>(
    'pod-command-take',
    `UPDATE pod_commands SET taken_at = now() WHERE id IN (
       SELECT id FROM pod_commands
       WHERE pod_id = $1 AND taken_at IS NULL AND created_at > now() - make_interval(secs => ${COMMAND_SECONDS})
         AND command = ANY ($2::text[])
       ORDER BY created_at LIMIT ${MOST_TAKEN} FOR UPDATE SKIP LOCKED)
     RETURNING id, command, arguments`,
    [podId, [...kinds]],
  );
  return rows;
}

/** Notes the answer to a command. */
export async function finishCommand(
  database: Queryable,
  id: string,
  { result, artifact }: { readonly result: object; readonly artifact?: Buffer },
): Promise<void> {
  await database.query(
    'pod-command-finish',
    'UPDATE pod_commands SET done_at = now(), result = $2, artifact = $3 WHERE id = $1',
    [id, JSON.stringify(result), artifact ?? null],
  );
}

/**
 * Asks a pod for a profile; one at a time for each pod, with a row in the audit log.
 * @returns id of the command
 * @throws AccessError `not_found` where the pod is gone, `conflict` while another profile is taken
 */
export function requestProfile(writes: Pool, request: ProfileRequest, now: Date): Promise<string> {
  const { podId, kind, seconds, actor } = request;
  return writes.transaction(async (client) => {
    // The row of the pod is the lock: two admins at once ask one after the other.
    const pods = await client.query(
      'pod-lock',
      `SELECT 1 FROM pods WHERE pod_id = $1 AND seen_at > now() - make_interval(secs => ${GONE_SECONDS}) FOR UPDATE`,
      [podId],
    );
    if (pods.rows.length === 0) {
      throw new AccessError(
        'not_found',
        `pod ${podId} has not been seen for ${GONE_SECONDS} s: see GET /api/admin/v1/pods`,
      );
    }
    const running = await client.query(
      'pod-command-running',
      `SELECT 1 FROM pod_commands
       WHERE pod_id = $1 AND command = '${PROFILE_COMMAND}' AND done_at IS NULL AND created_at > now() - make_interval(secs => ${COMMAND_SECONDS})`,
      [podId],
    );
    if (running.rows.length > 0) {
      throw new AccessError('conflict', `a profile of pod ${podId} is being taken: wait until it has ended`);
    }
    const id = newId(now);
    await client.query(
      'pod-command-create',
      `INSERT INTO pod_commands (id, pod_id, command, arguments, created_by) VALUES ($1, $2, '${PROFILE_COMMAND}', $3, $4)`,
      [id, podId, JSON.stringify({ kind, seconds }), actor],
    );
    const detail = { kind, seconds, command: id };
    await writeAudit(client, { actor, action: 'pod.profile', projectId: null, subject: podId, detail }, now);
    return id;
  });
}

/** A profile and where it stands. @throws AccessError `not_found` */
export async function findProfile(database: Queryable, id: string): Promise<ProfileRow> {
  const { rows } = await database.query<ProfileRow & Record<string, unknown>>(
    'pod-profile',
    `SELECT id, pod_id, arguments, created_at, taken_at, done_at, result, length(artifact) AS bytes, created_by
     FROM pod_commands WHERE id = $1 AND command = '${PROFILE_COMMAND}'`,
    [id],
  );
  if (rows[0] === undefined) throw new AccessError('not_found', `there is no profile ${id}`);
  return rows[0];
}

/** The file of a profile. @throws AccessError `not_found` where it has none */
export async function readProfileFile(database: Queryable, id: string): Promise<Buffer> {
  const { rows } = await database.query<{ artifact: Buffer | null }>(
    'pod-profile-file',
    'SELECT artifact FROM pod_commands WHERE id = $1',
    [id],
  );
  const artifact = rows[0]?.artifact;
  if (artifact == null)
    throw new AccessError('not_found', `profile ${id} has no file: it has not ended, or it failed`);
  return artifact;
}
