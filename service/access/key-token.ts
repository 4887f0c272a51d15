import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Secrets of API keys and sessions: 256 random bits, stored as SHA-256.
 *
 * Slow hashes (Argon2, bcrypt, scrypt) make it expensive to guess a password, because people choose passwords from a
 * small set. Nobody can guess 256 random bits, with a fast hash or a slow one. A slow hash would cost 50 ms of CPU for
 * each request, and would let anybody stop the service with wrong keys.
 */

/** Random bytes of a secret. */
const SECRET_BYTES = 32;

/** Start of every API key, by which secret scanners recognize one. */
export const KEY_START = 'lco_';

/** Characters of a key that lists show. */
const SHOWN_CHARACTERS = 8;

/** `lco_` and 32 bytes in base64url without padding. */
const KEY_PATTERN = /^lco_[A-Za-z0-9_-]{43}$/;

/** A new key. Only its hash is stored. */
export interface NewKey {
  /** The key itself; shown once. */
  readonly secret: string;
  /** SHA-256 of the key, 32 bytes. */
  readonly hash: Buffer;
  /** First 8 characters of the key, which lists show. */
  readonly prefix: string;
}

/** Makes a key from the system's random numbers. */
export function newKey(): NewKey {
  const secret = KEY_START + randomBytes(SECRET_BYTES).toString('base64url');
  return { secret, hash: hashSecret(secret), prefix: secret.slice(0, SHOWN_CHARACTERS) };
}

/** A stored form of a key that somebody else made, such as Secrets Manager. @returns undefined unless it looks like a key */
export function keyOf(secret: string): NewKey | undefined {
  if (!isKey(secret)) return undefined;
  return { secret, hash: hashSecret(secret), prefix: secret.slice(0, SHOWN_CHARACTERS) };
}

/** Whether a text has the form of a key. Other texts are refused without a question to the database. */
export function isKey(text: string): boolean {
  return KEY_PATTERN.test(text);
}

/** Makes the id of a session: 32 random bytes in base64url. */
export function newSessionId(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** SHA-256 of a secret, 32 bytes. */
export function hashSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

/** Whether two hashes are equal, in a time that does not depend on where they differ. */
export function sameHash(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
