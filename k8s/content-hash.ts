import { createHash } from 'node:crypto';

/** Length of the hash, characters. */
const HASH_LENGTH = 16;

/**
 * Short hash of a ConfigMap's content, independent of the order of its keys. As the pods' annotation `checksum/config`
 * it causes a roll-out when the content changes.
 */
export function contentHash(data: Readonly<Record<string, string>>): string {
  const entries = Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, HASH_LENGTH);
}
