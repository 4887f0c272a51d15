import type { DatabaseLog } from '../../../service/database/connection-pool';
import type { DatabaseLogin, PasswordSource } from '../../../service/database/login';
import { type DatabaseProps, openDatabase } from '../../../service/database/open-database';

/** A log line of a pool. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A log that keeps its lines. */
export class RecordedLog implements DatabaseLog {
  readonly lines: LogLine[] = [];

  debug(fields: Record<string, unknown>, message: string): void {
    this.lines.push({ level: 'debug', fields, message });
  }

  info(fields: Record<string, unknown>, message: string): void {
    this.lines.push({ level: 'info', fields, message });
  }

  warn(fields: Record<string, unknown>, message: string): void {
    this.lines.push({ level: 'warn', fields, message });
  }
}

/** A password that never changes. */
export function fixedPassword(password: string): PasswordSource {
  return { current: async () => password, refused: () => false };
}

/** Opens pools of one server with a log that keeps its lines. */
export function openTestDatabase(login: DatabaseLogin, changes: Partial<DatabaseProps> = {}) {
  const log = new RecordedLog();
  const database = openDatabase({
    reads: { login, max: 4, min: 2 },
    writes: { login, max: 2, min: 1 },
    shared: {
      idleTimeoutMs: 30_000,
      connectionTimeoutMs: 2000,
      maxUses: 7500,
      allowExitOnIdle: false,
    },
    applicationName: 'test',
    slowQueryMs: 1000,
    log,
    ...changes,
  });
  return { database, log };
}
