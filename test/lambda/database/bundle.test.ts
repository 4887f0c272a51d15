import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { ROOT } from '../../helpers/commands';

/** Handlers with the ceilings of their bundles, bytes; AWS's clients are most of the first. */
const HANDLERS = [
  ['migrator', 1_300_000],
  ['rollups', 350_000],
  ['partitions', 350_000],
] as const;

let folder: string;
const inputs = new Map<string, string[]>();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'database-'));
  for (const [name] of HANDLERS) {
    const { metafile } = buildSync({
      absWorkingDir: ROOT,
      entryPoints: [`lambda/database/${name}/handler.ts`],
      outfile: join(folder, `${name}.mjs`),
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      target: 'node22',
      mainFields: ['module', 'main'],
      metafile: true,
      banner: {
        js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
      },
    });
    inputs.set(name, Object.keys(metafile.inputs));
  }
  cpSync(join(ROOT, 'lambda/database/migrations'), join(folder, 'migrations'), { recursive: true });
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

/** Runs a bundled handler as Lambda would, in a process of its own; its error, if it has one. */
function invoke(name: string, environment: Record<string, string>, event: object = {}): Promise<string> {
  const script = `
    const { handler } = await import(${JSON.stringify(join(folder, `${name}.mjs`))});
    await handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 60000 })
      .catch((error) => process.stdout.write(error.message));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { PATH: process.env['PATH'], LAMBDA_TASK_ROOT: folder, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve) => child.once('close', () => resolve(output)));
}

test.each(['rollups', 'partitions'])('%s starts, and tells what it is missing', async (name) => {
  expect(await invoke(name, {})).toBe(
    'environment variable DATABASE_HOST must be set: deploy the Data stack again',
  );
});

describe('the migrator', () => {
  const servers: { close(): unknown }[] = [];
  afterEach(() => servers.splice(0).map((server) => server.close()));

  async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }
  const http = (listener: RequestListener) => listen(createServer(listener));

  test('reads its secret, refuses a server that speaks no TLS before it sends the password, and says so', async () => {
    let sent = '';
    // To the question whether it speaks TLS, PostgreSQL answers S or N.
    const database = await listen(
      createTcpServer((socket) => {
        socket.on('error', () => undefined);
        socket.on('data', (chunk) => {
          sent += chunk.toString('latin1');
          socket.write('N');
        });
      }),
    );
    const secrets = await http((request, response) => {
      request.resume();
      const SecretString = JSON.stringify({ username: 'postgres', password: 'master words' });
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(JSON.stringify({ SecretString }));
    });
    const answers: { Status: string; Reason: string }[] = [];
    const cloudFormation = await http((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        answers.push(JSON.parse(body));
        response.end();
      });
    });

    const output = await invoke(
      'migrator',
      {
        DATABASE_HOST: '127.0.0.1',
        DATABASE_PORT: String(database),
        DATABASE_NAME: 'llm_cost_ops',
        MASTER_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:111111111111:secret:master',
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${secrets}`,
      },
      { RequestType: 'Create', ResponseURL: `http://127.0.0.1:${cloudFormation}/`, StackId: 'stack' },
    );
    expect(output).toBe('');
    expect(answers).toMatchObject([
      { Status: 'FAILED', Reason: expect.stringContaining('The server does not support SSL connections') },
    ]);
    expect(sent).not.toMatch(/postgres|words/);
    expect(JSON.stringify(answers)).not.toContain('master words');
  });
});
