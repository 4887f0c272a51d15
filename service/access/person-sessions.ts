import { AccessError } from './access-error';
import type { AccessProps } from './access-props';
import { writeAudit } from './audit';
import { hashSecret, newSessionId } from './key-token';
import { type PeopleRules, rightsOf } from './oidc/people-rules';
import { actorOf, type Person } from './oidc/person';
import type { NewSession } from './sessions';

/**
 * Notes that the callback of a log-in has come.
 * @param expiresAt when the log-in ends by itself
 * @returns false where it has come before, in any pod
 */
export async function useLogin(
  { database, now }: AccessProps,
  state: string,
  expiresAt: Date,
): Promise<boolean> {
  return database.writes.transaction(async (client) => {
    await client.query('login-purge', 'DELETE FROM used_logins WHERE expires_at < $1', [now()]);
    const { rowCount } = await client.query(
      'login-use',
      'INSERT INTO used_logins (state_hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [hashSecret(state), expiresAt],
    );
    return rowCount === 1;
  });
}

/**
 * Begins a session of a person. Nothing prolongs it: its end is the latest time at which the service learns of a right
 * that the provider has taken.
 * @throws AccessError where nobody has given the person rights
 */
export async function createPersonSession(
  { database, now }: AccessProps,
  person: Person,
  { people, seconds }: { readonly people: PeopleRules; readonly seconds: number },
): Promise<NewSession> {
  const rights = rightsOf(person, people);
  if (rights === undefined) {
    const detail = `nobody has given ${person.email ?? person.subject} rights: ask the platform's operators`;
    throw new AccessError(
      'forbidden',
      `${detail} to add the person, or a group, to authentication.oidc.people`,
    );
  }
  const id = newSessionId();
  const created = now();
  const expiresAt = new Date(created.getTime() + seconds * 1000);
  const { issuer, subject, email, groups } = person;
  await database.writes.transaction(async (client) => {
    await client.query('session-purge', 'DELETE FROM sessions WHERE expires_at < $1', [created]);
    await client.query(
      'person-session-create',
      `INSERT INTO sessions (id_hash, issuer, subject, email, member_of, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [hashSecret(id), issuer, subject, email, groups, created, expiresAt],
    );
    const actor = actorOf(person);
    const entry = { actor, action: 'session.create', projectId: rights.projectId, subject: actor } as const;
    await writeAudit(client, { ...entry, detail: { issuer } }, created);
  });
  return { id, expiresAt };
}
