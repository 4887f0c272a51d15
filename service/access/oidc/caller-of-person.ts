import type { Queryable } from '../../database/pools';
import type { Authenticated } from '../authenticated';
import { type PeopleRules, rightsOf } from './people-rules';
import { actorOf, type Person } from './person';

interface ProjectRow {
  readonly requests_per_minute: number | null;
}

/** A person with its rights; undefined where nobody has given it any, or its project has ended. */
export async function callerOfPerson(
  database: Queryable,
  person: Person,
  people: PeopleRules,
): Promise<Authenticated | undefined> {
  const rights = rightsOf(person, people);
  if (rights === undefined) return undefined;
  const { projectId, roles } = rights;
  const project = projectId === null ? NO_LIMITS : await projectOf(database, projectId);
  if (project === undefined) return undefined;
  const { subject, email } = person;
  return {
    principal: {
      ...{ keyId: actorOf(person), organisation: projectId === null, projectId, roles },
      person: { subject, email },
    },
    keyName: email ?? subject,
    requestsPerMinute: project.requests_per_minute,
    // People call no models.
    tokensPerMinute: { key: null, project: null },
    allowedModels: [],
    answerCaching: 'default',
  };
}

const NO_LIMITS: ProjectRow = { requests_per_minute: null };

async function projectOf(database: Queryable, id: string): Promise<ProjectRow | undefined> {
  const { rows } = await database.query<ProjectRow & Record<string, unknown>>(
    'person-project',
    'SELECT requests_per_minute FROM projects WHERE id = $1 AND archived_at IS NULL',
    [id],
  );
  return rows[0];
}
