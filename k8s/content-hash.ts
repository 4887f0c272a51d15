import { createHash } from 'node:crypto';

/** Characters of the hash. */
const HASH_LENGTH = 16;

/**
 * Short hash of a ConfigMap's content, whatever the order of its keys. As an annotation of pods (`checksum/config`)
 * it rolls them when the content changes.
 */
export function contentHash(data: Readonly<Record<string, string>>): string {
  const entries = Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, HASH_LENGTH);
}
