import type { Principal } from '../access/principal';
import { RequestError } from './errors';

/** Rows that a question may see: one project's, or all. Every statement on requests and costs takes one. */
export interface ProjectScope {
  /** UUID of the project; null for all projects. */
  readonly projectId: string | null;
}

/**
 * The only place where a principal becomes a condition on `project_id`. A key of a project sees this project. A key of
 * the organisation sees all projects or the one that the question names.
 * @param requested project that the question names, a UUID
 * @throws RequestError `project_not_visible` for a project that is not the key's own
 */
export function projectScope(principal: Principal, requested?: string | null): ProjectScope {
  if (principal.organisation) return { projectId: requested ?? null };
  if (principal.projectId === null) throw notVisible('This key belongs to no project.');
  if (requested != null && requested !== principal.projectId) {
    throw notVisible(`Project ${requested} is not the project of this key.`);
  }
  return { projectId: principal.projectId };
}

/**
 * Project that a principal's records belong to.
 * @throws RequestError `no_project` for keys of the organisation
 */
export function ownProject(principal: Principal): string {
  if (principal.projectId === null) {
    throw new RequestError(
      'no_project',
      'A key of the organisation stores no records: use a key of the project that the records belong to.',
    );
  }
  return principal.projectId;
}

function notVisible(message: string): RequestError {
  return new RequestError(
    'project_not_visible',
    `${message} Use a key of the project, or one of the organisation.`,
  );
}
