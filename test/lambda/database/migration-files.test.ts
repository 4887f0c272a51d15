import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMigrations } from '../../../lambda/database/migrator/migration-files';
import { ROOT } from '../../helpers/commands';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'migrations-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = (files: Record<string, string>) => {
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql);
  return readMigrations(folder);
};

test('migrations come in the order of their numbers, each with its checksum', () => {
  expect(read({ '0002_b.sql': 'SELECT 2', '0001_a.sql': 'SELECT 1' })).toEqual([
    {
      name: '0001_a',
      sql: 'SELECT 1',
      checksum: 'e004ebd5b5532a4b85984a62f8ad48a81aa3460c1ca07701f386135d72cdecf5',
    },
    { name: '0002_b', sql: 'SELECT 2', checksum: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ]);
});

test('the migrations of this repository keep the rules', () => {
  expect(readMigrations(join(ROOT, 'lambda/database/migrations')).length).toBeGreaterThan(0);
});

test.each([
  [{ 'first.sql': 'SELECT 1' }, 'migrations/first.sql must be named like 0007_what_it_does.sql'],
  [{ '0001_a.sql': '', '0003_b.sql': '' }, 'migrations/0003_b.sql must start with 0002_'],
  [{ '0001_a.sql': 'SELECT 1;\nCOMMIT;' }, 'must not begin or end transactions'],
  [{ '0001_a.sql': 'CREATE INDEX CONCURRENTLY i ON t (a)' }, 'must not use CONCURRENTLY'],
  [{ '0001_a.sql': 'ALTER TABLE t DROP COLUMN a' }, 'loses data (DROP COLUMN): say why'],
  [{ '0001_a.sql': 'DELETE  FROM t' }, 'loses data (DELETE  FROM): say why'],
])('fails on %j', (files, message) => {
  expect(() => read(files as Record<string, string>)).toThrow(message);
});

test('what loses data is taken with its reason, and from a comment never', () => {
  expect(read({ '0001_a.sql': '-- loses data: nobody ever wrote it\nDROP TABLE t' })).toHaveLength(1);
  expect(read({ '0002_b.sql': '-- unlike DROP TABLE\nSELECT 1' })).toHaveLength(2);
});
