import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { App } from 'cdk8s';
import { NginxChart, nginxSettings } from '../../k8s/charts/nginx-chart';
import { type NginxConfSettings, nginxConf } from '../../k8s/server-config/nginx-conf';
import type { NginxConfig, ResolvedConfig } from '../../lib/config/environment-config';
import { testConfig } from '../helpers/config';
import { type AnyDocument, documentOf } from '../helpers/manifests';
import {
  describeWithServers,
  freePort,
  type RunningServer,
  removeFolder,
  runProgram,
  serverFolder,
  startServer,
  until,
} from '../helpers/servers';

/** The seed's `nginx_lb.upstream[0].servers`. */
const SEED_SERVERS = [
  { address: '10.0.1.10:8080', weight: 3, backup: false },
  { address: '10.0.1.11:8080', weight: 2, backup: false },
  { address: '10.0.1.12:8080', weight: 1, backup: true },
];

const enabled = (nginx: NginxConfig = {}) =>
  testConfig({ nginx: { enabled: true, tlsSecretName: 'api-tls', ...nginx } });

function rendered(config: ResolvedConfig, kind: string): AnyDocument {
  const chart = new NginxChart(new App(), 'nginx', { config });
  return documentOf(
    chart.toJson().map((document) => ({ fileName: '', document })),
    kind,
  );
}

const confOf = (config: ResolvedConfig): string => rendered(config, 'ConfigMap').data['nginx.conf'];

/** The directives of a name, in order, without their indentation. */
const directives = (conf: string, name: string): string[] =>
  conf
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith(`${name} `));

/** The configuration without the locations of the gateway, and these. */
function withoutGateway(conf: string): string[] {
  const location = /^ *location ~ [^{]*\{\n(?:[^}]*\n)? *\}$/gm;
  return [conf.replace(location, ''), ...(conf.match(location) ?? [])];
}

describe('nginx.conf', () => {
  it("has the seed's upstream", () => {
    const conf = confOf(enabled({ servers: SEED_SERVERS }));
    const [, upstream = ''] = /upstream llm_backend \{([^}]*)\}/.exec(conf) ?? [];
    expect(upstream.split('\n').flatMap((line) => line.trim() || [])).toEqual([
      'zone llm_backend 64k;',
      'least_conn;',
      'server 10.0.1.10:8080 weight=3 max_fails=3 fail_timeout=30s;',
      'server 10.0.1.11:8080 weight=2 max_fails=3 fail_timeout=30s;',
      'server 10.0.1.12:8080 weight=1 max_fails=3 fail_timeout=30s backup;',
      'keepalive 32;',
      'keepalive_requests 100;',
      'keepalive_timeout 60s;',
    ]);
  });

  it("balances over the API's Service where no servers are named", () => {
    expect(directives(confOf(enabled()), 'server').filter((line) => line.endsWith(';'))).toEqual([
      'server llm-cost-ops-api.llm-cost-ops.svc.cluster.local:80 weight=1 max_fails=3 fail_timeout=30s;',
    ]);
  });

  it.each([
    ['ssl_protocols', ['ssl_protocols TLSv1.2 TLSv1.3;']],
    ['ssl_ciphers', ['ssl_ciphers HIGH:!aNULL:!MD5;']],
    ['listen', ['listen 8080 default_server;', 'listen 8443 ssl;']],
    ['proxy_connect_timeout', ['proxy_connect_timeout 5s;']],
    ['proxy_send_timeout', ['proxy_send_timeout 60s;']],
    ['proxy_read_timeout', ['proxy_read_timeout 60s;']],
    ['proxy_buffer_size', ['proxy_buffer_size 4k;']],
    ['proxy_buffers', ['proxy_buffers 8 4k;']],
    // Once for each of the two servers' streams.
    ['proxy_buffering', ['proxy_buffering on;', 'proxy_buffering off;', 'proxy_buffering off;']],
    ['proxy_cache', ['proxy_cache off;', 'proxy_cache off;']],
  ])("has the seed's %s outside the gateway", (name, expected) => {
    const [conf = ''] = withoutGateway(confOf(enabled()));
    expect(directives(conf, name)).toEqual(expected);
  });

  it('has longer reads, larger bodies and heads, and no buffering on the routes of the gateway', () => {
    const [, ...locations] = withoutGateway(confOf(enabled()));
    // OpenAI's and Anthropic's routes on each of the two servers.
    expect(locations).toHaveLength(4);
    for (const location of locations) {
      expect(location).toContain('client_max_body_size 32m;');
      expect(location).toContain('proxy_read_timeout 605s;');
      expect(location).toContain('proxy_buffer_size 32k;');
      expect(location).toContain('proxy_buffering off;');
    }
  });

  it('takes the longest call and the largest body of the gateway from its configuration', () => {
    const conf = confOf(
      testConfig({
        nginx: { enabled: true, tlsSecretName: 'api-tls' },
        gateway: { longestCallSeconds: 900, maxBodyMebibytes: 64 },
      }),
    );
    expect(directives(conf, 'client_max_body_size')).toContain('client_max_body_size 64m;');
    expect(directives(conf, 'proxy_read_timeout')).toContain('proxy_read_timeout 905s;');
  });

  it.each([
    ['maxFails', { maxFails: 4 }, 'max_fails=4'],
    ['failTimeoutSeconds', { failTimeoutSeconds: 31 }, 'fail_timeout=31s'],
    ['keepaliveConnections', { keepaliveConnections: 33 }, 'keepalive 33;'],
    ['keepaliveRequests', { keepaliveRequests: 101 }, 'keepalive_requests 101;'],
    ['keepaliveTimeoutSeconds', { keepaliveTimeoutSeconds: 61 }, 'keepalive_timeout 61s;'],
    ['connectTimeoutSeconds', { connectTimeoutSeconds: 6 }, 'proxy_connect_timeout 6s;'],
    ['sendTimeoutSeconds', { sendTimeoutSeconds: 61 }, 'proxy_send_timeout 61s;'],
    ['readTimeoutSeconds', { readTimeoutSeconds: 59 }, 'proxy_read_timeout 59s;'],
  ] as const)('follows %s', (_, nginx, expected) => {
    expect(confOf(enabled(nginx))).toContain(expected);
    expect(confOf(enabled())).not.toContain(expected);
  });

  it('keeps connections of clients longer than the ALB', () => {
    const config = enabled();
    const [client] = directives(confOf(config), 'keepalive_timeout');
    expect(config.loadBalancer.idleTimeoutSeconds).toBe(610);
    expect(client).toBe('keepalive_timeout 615s;');
  });

  it.each([
    ['public', { exposure: 'public' }, ['10.0.192.0/24', '10.0.193.0/24', '10.0.194.0/24']],
    [
      'cloudfront-only',
      { exposure: 'cloudfront-only', cloudFrontPrefixListId: 'pl-0123456789abcdef0' },
      ['10.0.0.0/18', '10.0.64.0/18', '10.0.128.0/18'],
    ],
  ] as const)('believes the subnets of a %s ALB', (_, loadBalancer, cidrs) => {
    const config = testConfig({ nginx: { enabled: true, tlsSecretName: 'api-tls' }, loadBalancer });
    expect(nginxSettings(config).loadBalancerCidrs).toEqual(cidrs);
    expect(directives(confOf(config), 'set_real_ip_from')).toEqual(
      cidrs.map((cidr) => `set_real_ip_from ${cidr};`),
    );
  });
});

describe('NGINX pods', () => {
  const { spec } = rendered(enabled(), 'Deployment');
  const pod = spec.template.spec;
  const [container] = pod.containers;

  it('have a worker for each CPU of their limit', () => {
    const [, workers] = /worker_processes (\d+);/.exec(confOf(enabled())) ?? [];
    expect(container.resources.limits.cpu).toBe(`${workers}000m`);
  });

  it('write to /tmp only', () => {
    expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
    const writable = container.volumeMounts.filter(({ readOnly }: { readOnly?: boolean }) => !readOnly);
    expect(writable).toEqual([{ name: 'tmp', mountPath: '/tmp' }]);
    expect(pod.volumes).toContainEqual({ name: 'tmp', emptyDir: { sizeLimit: '3200Mi' } });
    const written = confOf(enabled()).matchAll(/^\s*(?:pid|\w+_temp_path) (\S+);$/gm);
    const paths = [...written].map(([, path]) => path);
    expect(paths).toHaveLength(6);
    expect(paths.filter((path) => !path?.startsWith('/tmp/'))).toEqual([]);
  });

  it('mount what nginx.conf and the command name', () => {
    const folders = Object.fromEntries(
      container.volumeMounts.map((mount: { name: string; mountPath: string }) => [
        mount.name,
        mount.mountPath,
      ]),
    );
    expect(container.command).toEqual(['nginx', '-e', 'stderr', '-c', `${folders.conf}/nginx.conf`]);
    expect(directives(confOf(enabled()), 'ssl_certificate')).toEqual([
      `ssl_certificate ${folders.tls}/tls.crt;`,
    ]);
    expect(pod.volumes).toContainEqual({ name: 'tls', secret: { secretName: 'api-tls' } });
  });

  it('are asked for their own health, not for that of the API', () => {
    for (const probe of [container.readinessProbe, container.livenessProbe]) {
      expect(probe.httpGet).toEqual({ path: '/nginx-health', port: 8080 });
    }
  });

  it('leave as the pods of the API do', () => {
    expect(container.lifecycle).toEqual({ preStop: { sleep: { seconds: 35 } } });
    expect(pod.terminationGracePeriodSeconds).toBe(365);
    expect(spec.minReadySeconds).toBe(35);
  });

  it('roll when the configuration changes, and only then', () => {
    const hash = (config: ResolvedConfig) =>
      rendered(config, 'Deployment').spec.template.metadata.annotations['checksum/config'];
    expect(hash(enabled({ replicas: 5 }))).toBe(hash(enabled()));
    expect(hash(enabled({ maxFails: 4 }))).not.toBe(hash(enabled()));
  });

  it('are as many as configured', () => {
    expect(spec.replicas).toBe(2);
    expect(rendered(enabled({ replicas: 3 }), 'Deployment').spec.replicas).toBe(3);
  });

  it('are behind a Service of both protocols', () => {
    const service = rendered(enabled(), 'Service').spec;
    expect(service.selector).toEqual(spec.selector.matchLabels);
    expect(service.ports).toEqual([
      { name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' },
      { name: 'https', port: 443, targetPort: 8443, protocol: 'TCP' },
    ]);
    expect(container.ports.map(({ containerPort }: { containerPort: number }) => containerPort)).toEqual([
      8080, 8443,
    ]);
  });

  it('fail to render without a certificate', () => {
    expect(() => rendered(testConfig(), 'Deployment')).toThrow("'nginx.tlsSecretName' must name a Secret");
  });
});

/** HTTP server that stands for the API. */
class Backend {
  readonly requests: { method: string; url: string; headers: IncomingMessage['headers']; bytes: number }[] =
    [];
  sockets = 0;
  /** Break every connection once a request is there, as a server that dies does. */
  broken = false;
  private readonly held: ServerResponse[] = [];
  private readonly server = createServer({ keepAliveTimeout: 60_000 }, (req, res) => this.take(req, res)).on(
    'connection',
    () => {
      this.sockets += 1;
    },
  );

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get holding(): number {
    return this.held.length;
  }

  /** Ends what `/hold` and the parts have left open. */
  release(): void {
    for (const response of this.held.splice(0)) response.end('end');
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(req: IncomingMessage, res: ServerResponse): void {
    let bytes = 0;
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    req.on('end', () => {
      this.requests.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers, bytes });
      if (this.broken) req.socket.destroy();
      else this.answer(req.url ?? '', res);
    });
  }

  private answer(url: string, res: ServerResponse): void {
    if (url.endsWith('/sized-parts')) res.setHeader('content-length', 'firstend'.length);
    if (url.endsWith('-parts')) res.write('first');
    if (url.endsWith('?long-head')) res.setHeader('x-provider-notes', 'x'.repeat(12_000));
    if (url.endsWith('-parts') || url.endsWith('hold')) this.held.push(res);
    else res.end('ok');
  }
}

/** An NGINX and how to talk to it. */
interface Nginx {
  readonly settings: NginxConfSettings;
  readonly server: RunningServer;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

interface RequestOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
  /** Address that the request comes from. */
  readonly localAddress?: string;
  readonly onData?: () => void;
}

function send({ settings }: Nginx, path: string, options: RequestOptions = {}): Promise<Answer> {
  const { body, onData, ...rest } = options;
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port: settings.httpPort, path, agent: false, ...rest });
    call.on('error', reject).on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        onData?.();
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
    });
    call.end(body);
  });
}

/** Sends requests one after the other and returns their status codes. */
async function sendSeveral(times: number, nginx: Nginx): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < times; i += 1) statuses.push((await send(nginx, '/')).status);
  return statuses;
}

/**
 * For tests that count what follows on an answer: a second worker could take a request before the first has counted
 * the one before as done.
 */
const ONE_WORKER = { workerProcesses: 1 };

describeWithServers('real NGINX', ['nginx'], () => {
  const folder = serverFolder();
  const tlsFolder = join(folder, 'tls');
  const toStop: { stop(): Promise<void> }[] = [];
  let runs = 0;

  beforeAll(() => {
    mkdirSync(tlsFolder);
    chmodSync(tlsFolder, 0o755);
    const [key, certificate] = [join(tlsFolder, 'tls.key'), join(tlsFolder, 'tls.crt')];
    const newCertificate = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 1';
    const name = '-subj /CN=api.example.com -addext subjectAltName=DNS:api.example.com';
    execFileSync(
      'openssl',
      [...newCertificate.split(' '), ...name.split(' '), '-keyout', key, '-out', certificate],
      { stdio: 'pipe' },
    );
    for (const file of [key, certificate]) chmodSync(file, 0o644);
  });

  afterEach(async () => {
    for (const { stop } of toStop.splice(0)) await stop();
  });

  afterAll(() => removeFolder(folder));

  async function backends(count: number): Promise<Backend[]> {
    const started = await Promise.all(Array.from({ length: count }, () => new Backend().start()));
    toStop.push(...started.map((backend) => ({ stop: () => backend.stop() })));
    return started;
  }

  /** Production's settings, with the ports, folders and servers of the test. */
  async function settingsOf(overrides: Partial<NginxConfSettings>): Promise<NginxConfSettings> {
    const tempFolder = join(folder, `run-${++runs}`);
    mkdirSync(tempFolder);
    chmodSync(tempFolder, 0o777);
    return {
      ...nginxSettings(enabled({ servers: SEED_SERVERS })),
      httpPort: await freePort(),
      httpsPort: await freePort(),
      loadBalancerCidrs: ['127.0.0.1/32'],
      tlsFolder,
      tempFolder,
      accessLog: join(tempFolder, 'access.log'),
      ...overrides,
    };
  }

  function argumentsFor(settings: NginxConfSettings): string[] {
    const file = join(settings.tempFolder, 'nginx.conf');
    writeFileSync(file, nginxConf(settings), { mode: 0o644 });
    return ['-e', 'stderr', '-c', file];
  }

  async function startNginx(overrides: Partial<NginxConfSettings>): Promise<Nginx> {
    const settings = await settingsOf(overrides);
    const server = startServer('nginx', argumentsFor(settings));
    toStop.push({ stop: () => server.stop('SIGQUIT') });
    const nginx = { settings, server };
    await until(() => send(nginx, '/nginx-health'), server);
    return nginx;
  }

  const serversOf = (all: readonly Backend[], weights: readonly number[] = []) =>
    all.map(({ address }, index) => ({ address, weight: weights[index] ?? 1, backup: false }));

  /** Holds requests open, each sent when the one before has arrived. */
  async function hold(count: number, nginx: Nginx, all: readonly Backend[]): Promise<Promise<Answer>[]> {
    const answers: Promise<Answer>[] = [];
    for (let held = 1; held <= count; held += 1) {
      answers.push(send(nginx, '/hold'));
      await until(async () => expect(all.reduce((sum, backend) => sum + backend.holding, 0)).toBe(held));
    }
    return answers;
  }

  const requestsOf = (all: readonly Backend[]) => all.map((backend) => backend.requests.length);

  describe('configuration', () => {
    const check = async (overrides: Partial<NginxConfSettings>) =>
      runProgram('nginx', ['-t', ...argumentsFor(await settingsOf(overrides))]);

    it("loads without a warning, with production's numbers and the seed's servers", async () => {
      const { code, output } = await check({});
      expect(output).not.toMatch(/\[(warn|error|crit|alert|emerg)\]/);
      expect(code).toBe(0);
    });

    it('would not load without a certificate', async () => {
      const { code, output } = await check({ tlsFolder: '/nonexistent' });
      expect(output).toContain('cannot load certificate');
      expect(code).toBe(1);
    });
  });

  describe('balancing', () => {
    it('prefers the server with fewer connections', async () => {
      const all = await backends(2);
      const nginx = await startNginx({ servers: serversOf(all), ...ONE_WORKER });
      const answers = await hold(1, nginx, all);
      const [busy, free] = all[0]?.holding ? [all[0], all[1]] : [all[1], all[0]];
      await sendSeveral(10, nginx);
      // Round robin would give both five.
      expect([busy?.requests.length, free?.requests.length]).toEqual([1, 10]);
      busy?.release();
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200]);
    });

    it.each([
      [
        [3, 2],
        [6, 4],
      ],
      [
        [1, 1],
        [5, 5],
      ],
    ])('gives servers of weight %j %j of ten open requests', async (weights, expected) => {
      const all = await backends(2);
      const nginx = await startNginx({ servers: serversOf(all, weights) });
      const answers = await hold(10, nginx, all);
      expect(all.map(({ holding }) => holding)).toEqual(expected);
      for (const backend of all) backend.release();
      await Promise.all(answers);
    });

    it.each([3, 5])('leaves a server alone after %i failed tries', async (maxFails) => {
      const all = await backends(2);
      const nginx = await startNginx({ servers: serversOf(all), maxFails });
      if (all[0]) all[0].broken = true;
      expect(await sendSeveral(20, nginx)).toEqual(Array(20).fill(200));
      expect(requestsOf(all)).toEqual([maxFails, 20]);
    });

    it('uses the backup only while all others are unavailable, without losing a request', async () => {
      const all = await backends(3);
      const servers = serversOf(all).map((server, index) => ({ ...server, backup: index === 2 }));
      const nginx = await startNginx({ servers, ...ONE_WORKER });
      expect(await sendSeveral(10, nginx)).toEqual(Array(10).fill(200));
      expect(requestsOf(all)).toEqual([5, 5, 0]);
      for (const backend of all.slice(0, 2)) backend.broken = true;
      expect(await sendSeveral(10, nginx)).toEqual(Array(10).fill(200));
      expect(requestsOf(all)).toEqual([5 + 3, 5 + 3, 10]);
    });

    it.each([
      ['GET', 2, 200],
      ['POST', 1, 502],
    ])('sends a %s that a server may have had to %i server(s)', async (method, tries, status) => {
      const all = await backends(2);
      const nginx = await startNginx({ servers: serversOf(all) });
      if (all[0]) all[0].broken = true;
      expect((await send(nginx, '/', { method })).status).toBe(status);
      expect(requestsOf(all).reduce((sum, count) => sum + count)).toBe(tries);
    });

    it('sends a POST on when a server cannot be reached', async () => {
      const [backend] = await backends(1);
      const closed = { address: `127.0.0.1:${await freePort()}`, weight: 1, backup: false };
      const nginx = await startNginx({ servers: [closed, ...serversOf(backend ? [backend] : [])] });
      const { status } = await send(nginx, '/', { method: 'POST', body: Buffer.from('prompt') });
      expect(status).toBe(200);
      expect(backend?.requests).toEqual([expect.objectContaining({ method: 'POST', bytes: 6 })]);
    });
  });

  describe('with one server', () => {
    let backend: Backend;
    let nginx: Nginx;

    const start = async (overrides: Partial<NginxConfSettings> = {}) => {
      [backend] = (await backends(1)) as [Backend];
      nginx = await startNginx({ servers: serversOf([backend]), ...overrides });
    };
    const lastHeaders = () => backend.requests.at(-1)?.headers;
    const certificate = () => readFileSync(join(tlsFolder, 'tls.crt'));

    it.each([
      ['/api/stream/chunked-parts', 'as it comes'],
      ['/api/stream/sized-parts', 'as it comes'],
      ['/sized-parts', 'in whole'],
      // Of a chunked answer NGINX buffers what the client is too slow for, and nothing else.
      ['/chunked-parts', 'as it comes'],
    ])('passes %s on %s', async (path, how) => {
      await start(ONE_WORKER);
      const events: string[] = [];
      const onData = () => events.includes('first part') || events.push('first part');
      const answer = send(nginx, path, { onData });
      await until(async () => expect(backend.holding).toBe(1));
      await sendSeveral(20, nginx);
      events.push('server ends');
      backend.release();
      expect(await answer).toEqual({ status: 200, body: 'firstend' });
      const expected = ['first part', 'server ends'];
      expect(events).toEqual(how === 'as it comes' ? expected : expected.reverse());
    });

    it.each([
      [100, 1],
      [5, 4],
    ])('sends 20 requests over connections of at most %i: %i', async (keepaliveRequests, sockets) => {
      // Each worker keeps connections of its own.
      await start({ keepaliveRequests, ...ONE_WORKER });
      expect(await sendSeveral(20, nginx)).toEqual(Array(20).fill(200));
      expect(backend.sockets).toBe(sockets);
      expect(lastHeaders()).not.toHaveProperty('connection');
    });

    it.each(['/', '/api/stream'])('says at %s who asked the load balancer, and how', async (path) => {
      await start();
      const headers = {
        host: 'api.example.com',
        'x-forwarded-for': '192.0.2.66, 203.0.113.7',
        'x-forwarded-proto': 'https',
      };
      await send(nginx, path, { headers });
      expect(lastHeaders()).toMatchObject({
        host: 'api.example.com',
        // 192.0.2.66 came with the client's own request; the load balancer saw 203.0.113.7.
        'x-real-ip': '203.0.113.7',
        'x-forwarded-for': '192.0.2.66, 203.0.113.7, 203.0.113.7',
        'x-forwarded-proto': 'https',
        'x-request-id': expect.stringMatching(/^[0-9a-f]{32}$/),
      });
    });

    it("finds the client behind more than one of the load balancer's addresses", async () => {
      await start();
      // CloudFront's VPC origin is in the subnets of the ALB that it asks.
      await send(nginx, '/', { headers: { 'x-forwarded-for': '203.0.113.7, 127.0.0.1' } });
      expect(lastHeaders()).toHaveProperty('x-real-ip', '203.0.113.7');
    });

    it('trusts the headers of no other client', async () => {
      await start();
      const headers = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' };
      await send(nginx, '/', { headers, localAddress: '127.0.0.2' });
      expect(lastHeaders()).toMatchObject({
        'x-real-ip': '127.0.0.2',
        'x-forwarded-for': '203.0.113.7, 127.0.0.2',
        'x-forwarded-proto': 'http',
      });
    });

    it('speaks HTTP/2 and believes no headers on the HTTPS port', async () => {
      await start();
      const client = connect(`https://127.0.0.1:${nginx.settings.httpsPort}`, {
        ca: certificate(),
        servername: 'api.example.com',
      });
      const stream = client.request({
        ':authority': 'api.example.com',
        'x-forwarded-for': '203.0.113.7',
        'x-forwarded-proto': 'http',
      });
      const status = await new Promise((resolve, reject) => {
        client.on('error', reject);
        stream.on('error', reject).on('response', (headers) => resolve(headers[':status']));
      });
      expect({ status, protocol: client.alpnProtocol }).toEqual({ status: 200, protocol: 'h2' });
      stream.resume();
      client.destroy();
      expect(lastHeaders()).toMatchObject({
        host: 'api.example.com',
        'x-real-ip': '127.0.0.1',
        'x-forwarded-proto': 'https',
      });
    });

    it.each([
      ['TLSv1.1', 'tlsv1 alert protocol version'],
      ['TLSv1.2', 'TLSv1.2'],
      ['TLSv1.3', 'TLSv1.3'],
    ] as const)('answers a client of %s: %s', async (version, expected) => {
      await start();
      const outcome = await new Promise<string | null>((resolve) => {
        const socket = connectTls({
          host: '127.0.0.1',
          port: nginx.settings.httpsPort,
          ca: certificate(),
          servername: 'api.example.com',
          minVersion: version,
          maxVersion: version,
          // OpenSSL's own lower bound, so that it is NGINX that refuses.
          ciphers: 'DEFAULT@SECLEVEL=0',
        });
        socket.on('error', ({ message }) => resolve(message));
        socket.on('secureConnect', () => {
          resolve(socket.getProtocol());
          socket.destroy();
        });
      });
      expect(outcome).toContain(expected);
    });

    it('takes a body of 5 MB and logs nothing of it', async () => {
      await start();
      const body = Buffer.alloc(5_000_000, 'x');
      expect(await send(nginx, '/?key=secret', { method: 'POST', body })).toEqual({
        status: 200,
        body: 'ok',
      });
      expect(backend.requests).toEqual([expect.objectContaining({ bytes: 5_000_000 })]);
      expect(nginx.server.output()).not.toContain('secret');
    });

    it('refuses one of 11 MB', async () => {
      await start();
      const headers = { 'content-length': '11534336', connection: 'close' };
      const status = await new Promise((resolve, reject) => {
        const { httpPort: port } = nginx.settings;
        const call = request({ host: '127.0.0.1', port, method: 'POST', agent: false, headers });
        call.on('response', ({ statusCode }) => {
          resolve(statusCode);
          call.destroy();
        });
        call.on('error', reject).flushHeaders();
      });
      expect(status).toBe(413);
      expect(backend.requests).toEqual([]);
    });

    describe('on the routes of the gateway', () => {
      const CHAT = '/api/v1/chat/completions';
      const MESSAGES = '/api/v1/messages';

      /** The answer to the head of a request with a body of that many bytes, which is not sent. */
      function headOf(
        path: string,
        bytes: number,
      ): Promise<{ status: number; type: string; json: AnyDocument }> {
        const { httpPort: port } = nginx.settings;
        const headers = { 'content-length': String(bytes), 'x-request-id': 'mine-1', connection: 'close' };
        return new Promise((resolve, reject) => {
          const call = request({ host: '127.0.0.1', port, path, method: 'POST', agent: false, headers });
          call.on('error', reject).on('response', (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (chunk: string) => {
              text += chunk;
            });
            response.on('end', () => {
              resolve({
                status: response.statusCode ?? 0,
                type: String(response.headers['content-type']),
                json: JSON.parse(text),
              });
              call.destroy();
            });
          });
          call.flushHeaders();
        });
      }

      it.each([CHAT, MESSAGES])('takes a body of 31 MB at %s', async (path) => {
        await start();
        const body = Buffer.alloc(31 * 1024 * 1024, 'x');
        expect(await send(nginx, path, { method: 'POST', body })).toEqual({ status: 200, body: 'ok' });
        expect(backend.requests).toEqual([expect.objectContaining({ bytes: body.length })]);
      });

      it.each([
        [
          CHAT,
          33,
          'application/json',
          { error: { type: 'invalid_request_error', code: 'request_too_large', param: null } },
        ],
        [
          MESSAGES,
          33,
          'application/json',
          { type: 'error', error: { type: 'request_too_large' }, request_id: 'mine-1' },
        ],
        [
          '/api/v1/messages/count_tokens',
          33,
          'application/json',
          { type: 'error', error: { type: 'request_too_large' } },
        ],
        [
          '/api/v1/requests',
          11,
          'application/problem+json',
          {
            type: 'about:blank',
            title: 'Payload Too Large',
            status: 413,
            code: 'body_too_large',
            instance: 'mine-1',
          },
        ],
      ])(
        'refuses a larger one at %s (%d MB) in the shape of its API',
        async (path, mebibytes, type, body) => {
          await start();
          const answer = await headOf(path, mebibytes * 1024 * 1024);
          expect(answer).toMatchObject({ status: 413, type, json: body });
          expect(backend.requests).toEqual([]);
        },
      );

      it.each([
        [CHAT, { error: { type: 'server_error', code: 'overloaded' } }],
        [MESSAGES, { type: 'error', error: { type: 'api_error' } }],
        ['/api/v1/costs', { status: 502, code: 'overloaded' }],
      ])('answers in the shape of %s that no server took a request', async (path, expected) => {
        await start();
        backend.broken = true;
        const { status, body } = await send(nginx, path);
        expect({ status, json: JSON.parse(body) }).toMatchObject({ status: 502, json: expected });
      });

      it.each([
        [CHAT, { error: { type: 'server_error', code: 'timeout' } }],
        [MESSAGES, { type: 'error', error: { type: 'timeout_error' } }],
      ])(
        'answers in the shape of %s that a provider took longer than the longest call',
        async (path, expected) => {
          await start({ gatewayReadSeconds: 1 });
          const { status, body } = await send(nginx, `${path}?hold`);
          expect({ status, json: JSON.parse(body) }).toMatchObject({ status: 504, json: expected });
        },
      );

      it.each([CHAT, MESSAGES])('passes each event of %s on as it arrives', async (path) => {
        await start();
        let parts = 0;
        const answer = send(nginx, `${path}?sse-parts`, { method: 'POST', onData: () => (parts += 1) });
        await until(async () => expect(parts).toBe(1));
        backend.release();
        expect(await answer).toEqual({ status: 200, body: 'firstend' });
      });

      it('takes heads of providers that are too long elsewhere', async () => {
        await start();
        expect((await send(nginx, `${CHAT}?long-head`)).status).toBe(200);
        expect((await send(nginx, '/api/v1/costs?long-head')).status).toBe(502);
      });

      it.each([
        ['keeps', 'req_01.a:b=c/d-e', true],
        ['replaces', 'two words', false],
        ['replaces', 'x'.repeat(129), false],
      ])('%s the id %s of a request', async (_, id, isKept) => {
        await start();
        await send(nginx, CHAT, { headers: { 'x-request-id': id } });
        const sent = lastHeaders()?.['x-request-id'];
        expect(sent === id).toBe(isKept);
        if (!isKept) expect(sent).toMatch(/^[0-9a-f]{32}$/);
      });
    });

    it('answers its own health check, and forwards /health to the API', async () => {
      await start();
      const both = async () => [
        (await send(nginx, '/nginx-health')).status,
        (await send(nginx, '/health')).status,
      ];
      expect(await both()).toEqual([200, 200]);
      expect(backend.requests.map(({ url }) => url)).toEqual(['/health']);
      backend.broken = true;
      expect(await both()).toEqual([200, 502]);
    });

    it('logs requests as JSON without their secrets, and none of the probes', async () => {
      await start();
      const headers = { host: 'api.example.com', authorization: 'Bearer secret' };
      await send(nginx, '/a"b?key=secret', { headers });
      const log = () => readFileSync(nginx.settings.accessLog, 'utf8');
      const lines = await until(async () => {
        expect(log()).toMatch(/\n$/);
        return log().trim().split('\n');
      });
      expect(log()).not.toContain('secret');
      expect(lines.map((line) => JSON.parse(line))).toEqual([
        {
          time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          request_id: lastHeaders()?.['x-request-id'],
          host: 'api.example.com',
          method: 'GET',
          path: '/a"b',
          status: 200,
          bytes: 2,
          request_time: expect.any(Number),
          upstream_addr: backend.address,
          upstream_response_time: expect.stringMatching(/^\d+\.\d+$/),
        },
      ]);
    });

    it('finishes requests after SIGQUIT', async () => {
      await start();
      const [answer] = await hold(1, nginx, [backend]);
      const stopped = nginx.server.stop('SIGQUIT');
      await until(async () => expect(send(nginx, '/nginx-health')).rejects.toThrow('ECONNREFUSED'));
      backend.release();
      expect(await answer).toEqual({ status: 200, body: 'end' });
      await stopped;
      expect(nginx.server.process.exitCode).toBe(0);
    });
  });
});
