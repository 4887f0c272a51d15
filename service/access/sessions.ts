import { AccessError } from './access-error';
import type { AccessProps } from './access-props';
import { writeAudit } from './audit';
import { hashSecret, newSessionId } from './key-token';
import type { Principal } from './principal';

/** Longest time of a session, seconds: a working day. */
export const SESSION_SECONDS = 12 * 3600;

/** A session of the console that begins. */
export interface NewSession {
  /** Value of the cookie; only its hash is stored. */
  readonly id: string;
  readonly expiresAt: Date;
}

/** Begins a session of a key's holder. It has the key's rights, and ends with the key. */
export async function createSession(
  { database, now }: AccessProps,
  principal: Principal,
): Promise<NewSession> {
  if (principal.person) {
    throw new AccessError('forbidden', 'a session of a person begins with a log-in, and nothing prolongs it');
  }
  if (!principal.roles.has('read') && !principal.roles.has('admin')) {
    throw new AccessError('forbidden', 'a session needs a key with the role read or admin');
  }
  const id = newSessionId();
  const created = now();
  const expiresAt = new Date(created.getTime() + SESSION_SECONDS * 1000);
  await database.writes.transaction(async (client) => {
    await client.query('session-purge', 'DELETE FROM sessions WHERE expires_at < $1', [created]);
    await client.query(
      'session-create',
      'INSERT INTO sessions (id_hash, key_id, created_at, expires_at) VALUES ($1, $2, $3, $4)',
      [hashSecret(id), principal.keyId, created, expiresAt],
    );
    const { keyId: actor, projectId } = principal;
    await writeAudit(client, { actor, action: 'session.create', projectId, subject: actor }, created);
  });
  return { id, expiresAt };
}

/** Ends a session. A pod that does not hear of it may accept its cookie for up to 10 s more. */
export async function endSession({ database, changed }: AccessProps, id: string): Promise<void> {
  const hash = hashSecret(id);
  await database.writes.query('session-end', 'DELETE FROM sessions WHERE id_hash = $1', [hash]);
  await changed?.(`session:${hash.toString('base64')}`);
}
