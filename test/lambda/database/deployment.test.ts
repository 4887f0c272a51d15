import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DATABASE_ROLES } from '../../../lambda/database/constants';
import { deploySchema } from '../../../lambda/database/migrator/deploy-schema';
import { readMigrations } from '../../../lambda/database/migrator/migration-files';
import { serveDeployment } from '../../../lambda/database/migrator/serve-deployment';
import { monthOf } from '../../../lambda/database/partitions/month';
import { connect } from '../../../service/database/connect';
import { ROOT } from '../../helpers/commands';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, rowsOf, TestServer } from './postgres';

const MIGRATIONS = readMigrations(join(ROOT, 'lambda/database/migrations'));
const MONTH = monthOf(new Date('2026-11-24T00:00:00Z'));
const MINUTES_MS = 60_000;

/** CloudFormation's side: takes answers, refuses the first ones with the given statuses. */
class CloudFormation {
  readonly answers: { method?: string; type?: string; body: Record<string, unknown> }[] = [];
  private readonly server: Server;

  constructor(private readonly refusals: number[] = []) {
    this.server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const refusal = this.refusals.shift();
        if (refusal === undefined) {
          const { method, headers } = request;
          this.answers.push({ method, type: headers['content-type'], body: JSON.parse(body) });
        }
        response.writeHead(refusal ?? 200).end();
      });
    });
  }

  async event(RequestType: 'Create' | 'Update' | 'Delete') {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const { port } = this.server.address() as AddressInfo;
    return {
      RequestType,
      ResponseURL: `http://127.0.0.1:${port}/answer?signature=abc`,
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'Schema',
    };
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

describe('the custom resource', () => {
  let cloudFormation: CloudFormation;
  afterEach(() => cloudFormation.close());

  const ids = {
    PhysicalResourceId: 'llm-cost-ops-schema',
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Schema',
  };

  test('reports success without a content type, because the URL is signed without one', async () => {
    cloudFormation = new CloudFormation();
    await serveDeployment(await cloudFormation.event('Create'), 5 * MINUTES_MS, async () => undefined);
    expect(cloudFormation.answers).toEqual([
      { method: 'PUT', type: '', body: { Status: 'SUCCESS', ...ids } },
    ]);
  });

  test('fails the deployment with the reason, cut to what CloudFormation takes', async () => {
    cloudFormation = new CloudFormation();
    await serveDeployment(await cloudFormation.event('Update'), 5 * MINUTES_MS, async () => {
      throw new Error(`syntax error ${'x'.repeat(5000)}`);
    });
    const [{ body } = { body: {} }] = cloudFormation.answers as { body: Record<string, unknown> }[];
    expect(body).toMatchObject({ Status: 'FAILED', ...ids });
    expect(body['Reason']).toMatch(
      /^Migration failed; the schema is that of the last completed migration: syntax error x/,
    );
    expect(String(body['Reason'])).toHaveLength(1500);
  });

  test('answers again when the answer is not taken', async () => {
    cloudFormation = new CloudFormation([503]);
    await serveDeployment(await cloudFormation.event('Update'), 5 * MINUTES_MS, async () => undefined);
    expect(cloudFormation.answers).toHaveLength(1);
  });

  test('leaves the database alone when it is deleted', async () => {
    cloudFormation = new CloudFormation();
    let deployed = false;
    await serveDeployment(await cloudFormation.event('Delete'), 5 * MINUTES_MS, async () => {
      deployed = true;
    });
    expect(deployed).toBe(false);
    expect(cloudFormation.answers).toMatchObject([{ body: { Status: 'SUCCESS' } }]);
  });
});

describeWithServers('a deployment', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let database: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server?.remove());
  beforeEach(async () => {
    database = await server.createDatabase();
  });

  const deployment = () => ({
    admin: server.settings(database),
    migrations: MIGRATIONS,
    logins: 'iam' as const,
    month: MONTH,
  });
  const apiLogin = (password: string) => ({
    ...server.settings(database),
    host: '127.0.0.1',
    user: DATABASE_ROLES.api,
    password: async () => password,
  });

  test('leaves a database that takes requests for months', async () => {
    const result = await deploySchema(deployment());
    expect(result.applied).toEqual(MIGRATIONS.map(({ name }) => name));
    expect(result.partitions).toEqual([
      'llm_requests_2026_11',
      'llm_requests_2026_12',
      'llm_requests_2027_01',
      'llm_requests_2027_02',
    ]);
    expect(result.monthsAhead).toBe(3);
    expect(await deploySchema(deployment())).toMatchObject({ applied: [], partitions: [], monthsAhead: 3 });
  });

  test('sets the password of the API, and leaves one that works alone', async () => {
    await deploySchema({ ...deployment(), logins: [apiLogin('first')] });
    await (await connect(apiLogin('first'))).end();

    const verifier = () =>
      server.with(database, (client) =>
        rowsOf(client, 'SELECT rolpassword FROM pg_authid WHERE rolname = $1', [DATABASE_ROLES.api]),
      );
    const before = await verifier();
    await deploySchema({ ...deployment(), logins: [apiLogin('first')] });
    expect(await verifier()).toEqual(before);

    await deploySchema({ ...deployment(), logins: [apiLogin('second')] });
    await (await connect(apiLogin('second'))).end();
    await expect(connect(apiLogin('first'))).rejects.toThrow('password authentication failed');
  });

  test('shows no password in the log of statements', async () => {
    await server.administer(`ALTER SYSTEM SET log_statement = 'all'`);
    await server.administer('SELECT pg_reload_conf()');
    await deploySchema({ ...deployment(), logins: [apiLogin('very secret words')] });
    expect(server.output()).toContain('ALTER ROLE llm_cost_ops_api PASSWORD');
    expect(server.output()).not.toContain('very secret words');
  });

  test('that runs out of time is aborted, rolled back, and reports the remedy', async () => {
    const endless = {
      name: '9000_endless',
      sql: 'CREATE TABLE half_done (); SELECT pg_sleep(600)',
      checksum: 'c',
    };
    const cloudFormation = new CloudFormation();
    await serveDeployment(await cloudFormation.event('Update'), 33_000, (signal) =>
      deploySchema({ ...deployment(), migrations: [...MIGRATIONS, endless] }, signal),
    );
    cloudFormation.close();
    expect(cloudFormation.answers).toMatchObject([
      {
        body: { Status: 'FAILED', Reason: expect.stringContaining('npm run db:migrate from inside the VPC') },
      },
    ]);
    // Nothing of it is left, no lock either: the next deployment goes through.
    expect(await deploySchema(deployment())).toMatchObject({ applied: [] });
    const tables = await server.with(database, (client) =>
      rowsOf(client, `SELECT to_regclass('half_done') AS half_done`),
    );
    expect(tables).toEqual([{ half_done: null }]);
  });
});
