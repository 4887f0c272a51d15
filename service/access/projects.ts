import type { Queryable } from '../database/pools';
import { AccessError } from './access-error';
import { type AccessProps, newId } from './access-props';
import type { AnswerCaching } from './answer-caching';
import { writeAudit } from './audit';
import { isUniqueViolation } from './keys';
import { pageOf, type RowPage } from './page';
import type { Principal } from './principal';

/** A project as answers show it. */
export interface ProjectRow {
  readonly id: string;
  readonly name: string;
  readonly store_prompts: boolean;
  /** Days after which prompts are deleted; null: the environment's. */
  readonly prompt_retention_days: number | null;
  /** Percent off the list prices, with two decimals. */
  readonly discount_percent: string;
  /** Models that the project may call; null: all. */
  readonly allowed_models: string[] | null;
  readonly requests_per_minute: number | null;
  readonly tokens_per_minute: number | null;
  readonly allow_unpriced: boolean;
  /** Which answers of models are kept: those that are the same each time, all, or none. */
  readonly answer_caching: AnswerCaching;
  readonly created_at: Date;
  readonly archived_at: Date | null;
}

/** Columns of a project that people set. */
export interface ProjectChange {
  /** 1 to 128 characters, unique. */
  readonly name: string;
  readonly store_prompts: boolean;
  readonly prompt_retention_days: number | null;
  /** Percent, with at most two decimals. */
  readonly discount_percent: string;
  readonly allowed_models: readonly string[] | null;
  readonly requests_per_minute: number | null;
  readonly tokens_per_minute: number | null;
  /** Whether the gateway calls models without a price for the project though a budget has a limit. */
  readonly allow_unpriced: boolean;
  readonly answer_caching: AnswerCaching;
  /** An archived project keeps its requests; its keys are refused. */
  readonly archived: boolean;
}

const COLUMNS = `id, name, store_prompts, prompt_retention_days, discount_percent, allowed_models, requests_per_minute,
  tokens_per_minute, allow_unpriced, answer_caching, created_at, archived_at`;

/** Columns that a change may set; names of columns never come from a caller. */
const SETTABLE = [
  'name',
  'store_prompts',
  'prompt_retention_days',
  'discount_percent',
  'allowed_models',
  'requests_per_minute',
  'tokens_per_minute',
  'allow_unpriced',
  'answer_caching',
] as const satisfies readonly (keyof ProjectChange)[];

/** Projects that a principal may see, the newest first. */
export async function listProjects(
  { database }: AccessProps,
  principal: Principal,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
): Promise<RowPage<ProjectRow>> {
  const { rows } = await database.reads.query<ProjectRow>(
    'project-list',
    `SELECT ${COLUMNS} FROM projects WHERE ($1::uuid IS NULL OR id = $1) AND ($2::uuid IS NULL OR id < $2)
     ORDER BY id DESC LIMIT $3`,
    [principal.projectId, cursor ?? null, limit + 1],
  );
  return pageOf(rows, limit, ({ id }) => id);
}

/** Creates a project. @throws AccessError `conflict` where the name is taken */
export async function createProject(
  props: AccessProps,
  change: Partial<ProjectChange> & Pick<ProjectChange, 'name'>,
  actor: string,
): Promise<ProjectRow> {
  const now = props.now();
  const columns = SETTABLE.filter((column) => change[column] !== undefined);
  const values = columns.map((column) => change[column]);
  return withFreeName(change.name, () =>
    props.database.writes.transaction(async (client) => {
      const { rows } = await client.query<ProjectRow>(
        'project-create',
        `INSERT INTO projects (id, created_at, ${columns.join(', ')})
         VALUES ($1, $2, ${columns.map((_, index) => `$${index + 3}`).join(', ')}) RETURNING ${COLUMNS}`,
        [newId(now), now, ...values],
      );
      const project = rows[0] as ProjectRow;
      const entry = { actor, projectId: project.id, subject: project.id, detail: change };
      await writeAudit(client, { ...entry, action: 'project.create' }, now);
      return project;
    }),
  );
}

/**
 * Changes some columns of a project.
 * @throws AccessError `not_found`, or `conflict` where the name is taken
 */
export async function updateProject(
  props: AccessProps,
  id: string,
  change: Partial<ProjectChange>,
  actor: string,
): Promise<ProjectRow> {
  const now = props.now();
  const updated = await withFreeName(change.name ?? '', () =>
    props.database.writes.transaction(async (client) => {
      const project = await update(client, id, change, now);
      const entry = { actor, projectId: id, subject: id, detail: change };
      await writeAudit(client, { ...entry, action: 'project.update' }, now);
      return project;
    }),
  );
  await props.changed?.(`project:${id}`);
  return updated;
}

async function update(
  client: Queryable,
  id: string,
  change: Partial<ProjectChange>,
  now: Date,
): Promise<ProjectRow> {
  const values: unknown[] = [id];
  const sets = SETTABLE.filter((column) => change[column] !== undefined).map((column) => {
    values.push(change[column]);
    return `${column} = $${values.length}`;
  });
  if (change.archived === true) {
    values.push(now);
    sets.push(`archived_at = coalesce(archived_at, $${values.length})`);
  }
  if (change.archived === false) sets.push('archived_at = NULL');
  if (sets.length === 0)
    throw new AccessError('invalid_change', 'a change of a project needs at least one field');
  const { rows } = await client.query<ProjectRow>(
    'project-update',
    `UPDATE projects SET ${sets.join(', ')} WHERE id = $1 RETURNING ${COLUMNS}`,
    values,
  );
  if (rows[0] === undefined) {
    throw new AccessError('not_found', `there is no project ${id}: see GET /api/v1/projects`);
  }
  return rows[0];
}

async function withFreeName<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new AccessError(
      'conflict',
      `there is a project with the name ${name} already: choose another name`,
    );
  }
}
