import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

/** PostgreSQL's default number of iterations. */
const ITERATIONS = 4096;

/**
 * SCRAM verifier of a password, as PostgreSQL stores it (RFC 5803). It is sent instead of the password, so that the
 * password is never in a log of statements.
 * @param password ASCII; other characters would need normalization first
 * @param salt 16 random bytes
 */
export function scramVerifier(password: string, salt: Buffer): string {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const key = (name: string) => createHmac('sha256', salted).update(name).digest();
  const storedKey = createHash('sha256').update(key('Client Key')).digest('base64');
  const serverKey = key('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
