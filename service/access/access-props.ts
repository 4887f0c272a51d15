import { randomBytes } from 'node:crypto';
import type { Database } from '../database/pools';
import { uuidV7 } from '../shared/uuid-v7';

/** What the stores of this folder need. */
export interface AccessProps {
  readonly database: Pick<Database, 'reads' | 'writes'>;
  /** Time of changes and expiries. */
  readonly now: () => Date;
  /**
   * Learns, after it is committed, what has changed: `key:<id>`, `project:<id>` or `session:<hash>`. It must not throw.
   * @default - nobody: other pods know within 10 s
   */
  readonly changed?: (subject: string) => Promise<void>;
}

/** A new id, ordered by time. */
export function newId(now: Date): string {
  return uuidV7(now.getTime(), randomBytes(10));
}
