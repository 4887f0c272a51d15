import { join } from 'node:path';
import { readMigrations } from '../../lambda/database/migrator/migration-files';
import { NEEDED_MIGRATION } from '../../service/runtime/schema-version';
import { ROOT } from '../helpers/commands';

test('a server waits for the newest migration of its build', () => {
  const names = readMigrations(join(ROOT, 'lambda/database/migrations')).map(({ name }) => name);
  expect(NEEDED_MIGRATION).toBe(names.at(-1));
});
