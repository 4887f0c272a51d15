import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One SQL file of the migrations folder. */
export interface Migration {
  /** File name without extension; migrations run in the order of names. */
  readonly name: string;
  /** Content of the file. */
  readonly sql: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly checksum: string;
}

/** Statements that a file must not contain, and the reason. */
const FORBIDDEN: readonly { pattern: RegExp; message: string }[] = [
  {
    pattern: /^\s*(BEGIN|START\s+TRANSACTION|COMMIT|ROLLBACK|END)\s*;/im,
    message:
      'must not begin or end transactions: the migrator runs each file in one, with its entry in schema_migrations',
  },
  {
    pattern: /\bCONCURRENTLY\b/i,
    message:
      'must not use CONCURRENTLY, which is not possible in a transaction: create the index ON ONLY the partitioned table, and the migrator builds it on the partitions',
  },
];

/** Statements that delete data; a file that contains one must give the reason on a line of its own. */
const LOSES_DATA = /\b(DROP\s+(TABLE|COLUMN|SCHEMA|DATABASE|OWNED)|TRUNCATE|DELETE\s+FROM)\b/i;
const DATA_LOSS_REASON = /^-- loses data: \S/m;

/** The migrations of a folder, in order. @throws Error where a file breaks a rule; names the file and the rule */
export function readMigrations(folder: string): Migration[] {
  const files = readdirSync(folder).sort();
  const migrations = files.map((file) => readMigration(folder, file));
  migrations.forEach(({ name }, index) => {
    const number = String(index + 1).padStart(4, '0');
    if (!name.startsWith(`${number}_`)) {
      throw new Error(`migrations/${name}.sql must start with ${number}_: they are numbered without gaps`);
    }
  });
  return migrations;
}

function readMigration(folder: string, file: string): Migration {
  if (!/^\d{4}_[a-z0-9_]+\.sql$/.test(file)) {
    throw new Error(`migrations/${file} must be named like 0007_what_it_does.sql`);
  }
  const sql = readFileSync(join(folder, file), 'utf8');
  const statements = sql.replace(/--.*$/gm, '');
  for (const { pattern, message } of FORBIDDEN) {
    if (pattern.test(statements)) throw new Error(`migrations/${file} ${message}`);
  }
  const loss = statements.match(LOSES_DATA)?.[0];
  if (loss !== undefined && !DATA_LOSS_REASON.test(sql)) {
    throw new Error(
      `migrations/${file} loses data (${loss}): say why on a line '-- loses data: …', or remove the statement`,
    );
  }
  return {
    name: file.replace(/\.sql$/, ''),
    sql,
    checksum: createHash('sha256').update(sql).digest('hex'),
  };
}
