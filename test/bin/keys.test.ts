import { main } from '../../bin/keys';
import { isKey } from '../../service/access/key-token';
import { runMain } from '../helpers/run-main';
import { describeWithServers } from '../helpers/servers';
import { DATABASE_PROGRAMS, SUPERUSER_PASSWORD, TestServer } from '../lambda/database/postgres';
import { serviceDatabase } from '../service/http/test-service';

test('prints its help', async () => {
  const { code, out } = await runMain(main, '--help');
  expect(code).toBe(0);
  expect(out).toContain('Usage: npm run keys -- create');
});

test.each([
  [['destroy'], "command must be one of create, list, rotate, revoke, got 'destroy'"],
  [['rotate'], 'rotate must have 1 words after it, got 0'],
])('fails for %j', async (argv, message) => {
  const { code, errors } = await runMain(main, ...argv);
  expect({ code, err: errors.join('\n') }).toMatchObject({ code: 1, err: expect.stringContaining(message) });
});

describeWithServers('with a database', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let url: string;

  beforeAll(async () => {
    server = await TestServer.start();
    const database = await serviceDatabase(server);
    url = `postgres://postgres@127.0.0.1:${server.port}/${database}`;
    process.env['PGPASSWORD'] = SUPERUSER_PASSWORD;
  });

  afterAll(async () => {
    delete process.env['PGPASSWORD'];
    await server?.remove();
  });

  const keys = (...argv: string[]) => runMain(main, ...argv, '--url', url);
  const idOf = (out: string) => /id ([0-9a-f-]{36})/.exec(out)?.[1] ?? '';

  test('makes, lists, rotates and revokes keys', async () => {
    const made = await keys('create', '--name', 'ingest', '--project', 'search', '--days', '30');
    expect(isKey(made.out.split('\n')[0] ?? '')).toBe(true);
    expect(made.out).toContain('roles ingest,read');
    const id = idOf(made.out);
    const rotated = await keys('rotate', id, '--overlap-hours', '1');
    expect(rotated.code).toBe(0);
    await keys('create', '--name', 'platform', '--organisation');
    expect((await keys('revoke', id)).out).toContain(`Revoked ${id}`);
    const { out } = await keys('list');
    expect(out.split('\n')).toHaveLength(4);
    expect(out).toMatch(/organisation +platform +lco_[\w-]{4}… +read,admin/);
    expect(out).toContain('revoked 20');
    expect((await keys('rotate', id)).errors.join('\n')).toContain('has ended or was rotated before');
  });

  test.each([
    [['create'], '--name must be given'],
    [
      ['create', '--name', 'x', '--roles', 'root'],
      '--roles must be among ingest, read, gateway, admin, got root',
    ],
    [['create', '--name', 'x', '--organisation', '--roles', 'ingest'], 'give the key a project'],
    [['create', '--name', 'x', '--days', '0'], '--days must be a number between 1 and 3650, got 0'],
    [['revoke', 'nonsense'], 'id of a key must be a UUID, got nonsense'],
    [['revoke', '01900000-0000-7000-8000-000000000000'], 'there is no key'],
  ])('fails for %j', async (argv, message) => {
    const { code, errors } = await keys(...argv);
    expect({ code, err: errors.join('\n') }).toMatchObject({
      code: 1,
      err: expect.stringContaining(message),
    });
  });
});
