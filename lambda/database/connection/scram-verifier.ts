import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

/** PostgreSQL's own number of rounds. */
const ITERATIONS = 4096;

/**
 * What PostgreSQL stores of a password (RFC 5803). Sent instead of it, so that the password is in no log of
 * statements, however slow they are.
 * @param password ASCII; others would have to be normalised first
 * @param salt 16 random bytes
 */
export function scramVerifier(password: string, salt: Buffer): string {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const key = (name: string) => createHmac('sha256', salted).update(name).digest();
  const storedKey = createHash('sha256').update(key('Client Key')).digest('base64');
  const serverKey = key('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
