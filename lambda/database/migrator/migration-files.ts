import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A step of the schema, from a file of the migrations folder. */
export interface Migration {
  /** File name without its ending; migrations run in its order. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly checksum: string;
}

/** What a file must not hold, and why. */
const FORBIDDEN: readonly { pattern: RegExp; message: string }[] = [
  {
    pattern: /^\s*(BEGIN|START\s+TRANSACTION|COMMIT|ROLLBACK|END)\s*;/im,
    message: 'must not begin or end transactions: each file runs in one, with the note that it ran',
  },
  {
    pattern: /\bCONCURRENTLY\b/i,
    message:
      'must not work CONCURRENTLY, which no transaction can: create an index ON ONLY the partitioned table, and the migrator builds its partitions',
  },
];

/** Statements that lose data; a file says on a line of its own that it means it. */
const LOSES_DATA = /\b(DROP\s+(TABLE|COLUMN|SCHEMA|DATABASE|OWNED)|TRUNCATE|DELETE\s+FROM)\b/i;
const MEANS_IT = /^-- loses data: \S/m;

/** The migrations of a folder, in order. @throws if a file breaks the rules of migrations */
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
  if (loss !== undefined && !MEANS_IT.test(sql)) {
    throw new Error(
      `migrations/${file} loses data (${loss}): say why on a line '-- loses data: …', or keep them`,
    );
  }
  return {
    name: file.replace(/\.sql$/, ''),
    sql,
    checksum: createHash('sha256').update(sql).digest('hex'),
  };
}
