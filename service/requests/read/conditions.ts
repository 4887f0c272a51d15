import type { ProjectScope } from '../project-scope';
import type { RequestFilters } from './history-query';

/** Conditions of a statement with their values. */
export class Conditions {
  readonly values: unknown[] = [];
  private readonly parts: string[] = [];

  /** Adds a value. @returns its placeholder, such as `$3` */
  value(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  /** Adds a condition. */
  add(condition: string): this {
    this.parts.push(condition);
    return this;
  }

  /** All conditions, joined; `true` where there is none. */
  get text(): string {
    return this.parts.length === 0 ? 'true' : this.parts.join(' AND ');
  }
}

/** Conditions on project, user and time, which indexes serve. */
export function indexedConditions(
  conditions: Conditions,
  { projectId }: ProjectScope,
  { user, from, to }: RequestFilters,
): Conditions {
  if (projectId !== null) conditions.add(`r.project_id = ${conditions.value(projectId)}::uuid`);
  if (user !== undefined) conditions.add(`r.user_id = ${conditions.value(user)}`);
  if (from !== undefined)
    conditions.add(`r."timestamp" >= ${conditions.value(from.toISOString())}::timestamptz`);
  if (to !== undefined) conditions.add(`r."timestamp" < ${conditions.value(to.toISOString())}::timestamptz`);
  return conditions;
}

/** Conditions that rows are checked for one by one. */
export function otherConditions(conditions: Conditions, filters: RequestFilters): Conditions {
  const { provider, model, status, pricing, tags } = filters;
  for (const [column, value] of Object.entries({ provider, model, status, pricing })) {
    if (value !== undefined) conditions.add(`r.${column} = ${conditions.value(value)}`);
  }
  if (tags !== undefined && Object.keys(tags).length > 0) {
    conditions.add(`r.tags @> ${conditions.value(JSON.stringify(tags))}::jsonb`);
  }
  return conditions;
}

/** Whether rows are to be checked one by one. */
export function hasOtherConditions(filters: RequestFilters): boolean {
  return otherConditions(new Conditions(), filters).values.length > 0;
}
