import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle, CREDENTIALS, invoke, Servers } from './bundles';

/** Handlers with the ceilings of their bundles, bytes; AWS's client is most of the first. */
const HANDLERS = [
  ['migrator', 1_300_000],
  ['rollups', 350_000],
  ['partitions', 350_000],
] as const;

let folder: string;
const inputs = new Map<string, string[]>();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'database-'));
  for (const [name] of HANDLERS) inputs.set(name, bundle(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each(HANDLERS)(
  'the bundle of %s stays below %i bytes and has no infrastructure in it',
  (name, ceiling) => {
    expect(statSync(join(folder, `${name}.mjs`)).size).toBeLessThanOrEqual(ceiling);
    expect(
      inputs.get(name)?.filter((path) => /aws-cdk|cdk8s|constructs|^(lib|k8s|bin)\//.test(path)),
    ).toEqual([]);
  },
);

test.each(['rollups', 'partitions'])('%s starts, and tells what it is missing', async (name) => {
  expect(await invoke(folder, name, {})).toBe(
    'environment variable DATABASE_HOST must be set: deploy the Data stack again',
  );
});

test('the migrator refuses a server without TLS before it sends the password, and reports it', async () => {
  const servers = new Servers();
  let sent = '';
  // To the question whether it speaks TLS, PostgreSQL answers S or N.
  const database = await servers.listen(
    createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        sent += chunk.toString('latin1');
        socket.write('N');
      });
    }),
  );
  const environment = {
    ...CREDENTIALS,
    DATABASE_HOST: '127.0.0.1',
    DATABASE_PORT: String(database),
    DATABASE_NAME: 'llm_cost_ops',
    RETENTION_MONTHS: '13',
    MASTER_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:111111111111:secret:master',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: await servers.secretsManager({
      username: 'postgres',
      password: 'master words',
    }),
  };
  const event = { RequestType: 'Create', ResponseURL: await servers.cloudFormation() };
  expect(await invoke(folder, 'migrator', environment, event)).toBe('');
  servers.close();
  expect(servers.answers).toMatchObject([
    { Status: 'FAILED', Reason: expect.stringContaining('The server does not support SSL connections') },
  ]);
  expect(sent).not.toMatch(/postgres|words/);
  expect(JSON.stringify(servers.answers)).not.toContain('master words');
});
