import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pgBouncerLimits } from '../../../lib/config/connection-budget';
import type { ResolvedConfig } from '../../../lib/config/environment-config';
import { ADMIN_DATABASE_USER } from '../../../lib/config/names';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { type ConnectionSettings, withConnection } from '../../../service/database/connect';
import { buildService } from '../../build-service/build-service';
import { UsageError } from '../../cli/command';
import type { EmbeddedPostgres } from '../../db/embedded-postgres';
import { localLogin, localUrl } from '../../db/local-database';
import { ApiProcess } from '../api-process';
import type { Balancer } from '../balancer';
import type { LocalProcess } from '../local-process';
import { pgBouncer, pgBouncerProgram } from '../pgbouncer';
import { providerProcess } from '../provider-process';
import { ensureDemo } from './demo-data';
import { type LocalDatabase, openFolder, startDatabase } from './local-database';
import { LocalPods, type PodEnd, SERVER_END_MS } from './local-pods';
import { type PlatformAccess, platformAccess } from './platform-access';
import type { PlatformAddresses, PlatformProps, PodChanges } from './platform-props';
import { Ports } from './ports';
import { ProcessOwner, sendSignal } from './process-owner';
import { type GatewaySettings, gatewaySettings, writeGatewaySecret } from './provider-settings';
import { type ReplacedSetting, type ServiceSettings, serviceSettings } from './service-settings';
import { keepCosts } from './upkeep';
import { valkey, valkeyProgram } from './valkey';
import { type LocalNode, startLocalCluster } from './valkey-cluster';

/** Longest end of provider and Valkey after SIGTERM, ms. */
const END_MS = 1000;

/** Lines of PostgreSQL's log that are shown when it has ended. */
const SHOWN_LINES = 5;

/** Time between two looks at whether PostgreSQL has stopped, ms. */
const POLL_MS = 50;

/** Starts the whole platform on this machine. @throws UsageError where a part does not start; the others are ended then */
export async function startPlatform(props: PlatformProps): Promise<Platform> {
  const platform = new Platform(props);
  try {
    await platform.start();
    return platform;
  } catch (error) {
    await platform.close();
    throw error;
  }
}

/** Lends a platform, and ends it afterwards. */
export async function withPlatform<T>(
  props: PlatformProps,
  use: (platform: Platform) => Promise<T>,
): Promise<T> {
  const platform = await startPlatform(props);
  try {
    return await use(platform);
  } finally {
    await platform.close();
  }
}

/** Parts that exist once they have started. */
interface Parts {
  database?: LocalDatabase;
  access?: PlatformAccess;
  pods?: LocalPods;
  admin?: ApiProcess;
  settings?: ServiceSettings;
  provider?: LocalProcess;
  pooler?: LocalProcess;
  /** Port of PgBouncer, where it stands before PostgreSQL. */
  poolerPort?: number;
  providerUrl?: string;
  cachePort?: number;
  upkeep?: Promise<void>;
}

/** The platform on this machine. API, admin server, provider, Valkey and PostgreSQL are processes of their own. */
export class Platform {
  private readonly config: ResolvedConfig;
  private readonly ports: Ports;
  private readonly owner: ProcessOwner;
  private readonly ending = new AbortController();
  private readonly caches: LocalProcess[] = [];
  private readonly parts: Parts = {};
  private nodes: readonly LocalNode[] = [];
  private closing: Promise<void> | undefined;
  /** Before PostgreSQL is stopped on purpose. */
  private leaveDatabase: () => void = () => undefined;

  constructor(private readonly props: PlatformProps) {
    this.config = loadEnvironment(props.environment);
    this.ports = new Ports(props.ports);
    this.owner = new ProcessOwner(props.folder, props.onCrash);
  }

  get folder(): string {
    return this.props.folder;
  }

  get addresses(): PlatformAddresses {
    const { database, cachePort, providerUrl } = this.parts;
    return {
      api: started(this.parts.pods).url,
      admin: this.admin.url,
      metrics: String(this.pods[0]?.metricsUrl),
      provider: providerUrl ?? null,
      database: localUrl(started(database).logins),
      cache: cachePort === undefined ? null : `redis://127.0.0.1:${cachePort}`,
    };
  }

  /** Projects and keys. */
  get access(): PlatformAccess {
    return started(this.parts.access);
  }

  get keys(): PlatformAccess['keys'] {
    return this.access.keys;
  }

  /** API processes, the oldest first. */
  get pods(): readonly ApiProcess[] {
    return started(this.parts.pods).all;
  }

  get admin(): ApiProcess {
    return started(this.parts.admin);
  }

  /** Null where real providers or somebody's stand-in are called. */
  get provider(): LocalProcess | null {
    return this.parts.provider ?? null;
  }

  get cacheProcesses(): readonly LocalProcess[] {
    return this.caches;
  }

  /** Nodes of the Valkey cluster, masters first; none without a cluster. */
  get cacheNodes(): readonly LocalNode[] {
    return this.nodes;
  }

  /** PgBouncer; null where the servers reach PostgreSQL directly. */
  get pooler(): LocalProcess | null {
    return this.parts.pooler ?? null;
  }

  /** Null before a single process without one. */
  get balancer(): Balancer | null {
    return this.parts.pods?.balancer ?? null;
  }

  get postgres(): EmbeddedPostgres {
    return started(this.parts.database).postgres;
  }

  /** The superuser's log-in. */
  get databaseLogin(): ConnectionSettings {
    return started(this.parts.database).login;
  }

  /** What differs from the ConfigMap of the environment, by name. */
  get replaced(): readonly ReplacedSetting[] {
    return started(this.parts.settings).replaced;
  }

  /** Ids of all processes that run, without this one. */
  processIds(): number[] {
    const { database, pods } = this.parts;
    const parts = [...this.servers(), ...this.backends(), pods?.balancer, this.owner];
    const ids = parts.flatMap((part) => part?.pid ?? []);
    return database?.postgres.running === true ? [...ids, database.postgres.pid] : ids;
  }

  /** Starts everything; once. @throws UsageError where a part does not start; then call `close` */
  async start(): Promise<void> {
    const { props, parts } = this;
    openFolder(props.folder);
    for (const name of ['logs', 'journal', 'program'])
      mkdirSync(join(props.folder, name), { recursive: true });
    props.onStep('starting PostgreSQL');
    const [gateway] = await Promise.all([
      this.startProvider(),
      this.startDatabase(),
      this.startCache(),
      buildService(join(props.folder, 'program')),
    ]);
    await this.startPooler(started(parts.database));
    const { login } = started(parts.database);
    parts.access = await withConnection(login, (client) => platformAccess(client, props.folder, props.now));
    parts.settings = this.settingsWith(gateway);
    const { project, otherProject } = parts.access.projects;
    const { folder, records, now, signal, onStep, onProgress } = props;
    await ensureDemo({
      ...{ folder, records, now, signal, onStep, login, projects: [project, otherProject] },
      onProgress: (done) => onProgress?.(done, records),
    });
    await this.startServers(parts.settings);
    parts.upkeep = keepCosts(login, this.ending.signal, () => undefined);
    this.lookAfterDatabase();
  }

  /** Starts another API process; the balancer sends it requests. @param changes how it differs from the others */
  addPod(changes?: PodChanges): Promise<ApiProcess> {
    return started(this.parts.pods).add(changes);
  }

  /** Ends an API process after its requests. @param pod by default the newest one */
  removePod(pod?: ApiProcess, end?: PodEnd): Promise<void> {
    return started(this.parts.pods).remove(pod, end);
  }

  /** SIGINT rolls back open transactions and stops PostgreSQL; SIGQUIT ends it at once, as in a crash. */
  async stopDatabase(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    const { postgres } = this;
    this.leaveDatabase();
    sendSignal(postgres.pid, signal);
    while (postgres.running) await sleep(POLL_MS);
  }

  /** Starts PostgreSQL again after `stopDatabase`. */
  async resumeDatabase(): Promise<void> {
    const { postgres, logins } = started(this.parts.database);
    await postgres.startAside(logins.port);
    this.owner.watch(postgres.pid, 'SIGINT');
    this.lookAfterDatabase();
  }

  /** Sends new requests to these processes only. */
  usePods(pods: readonly ApiProcess[]): Promise<void> {
    return started(this.parts.pods).use(pods);
  }

  /** Ends everything: servers first, then what they use. */
  close(): Promise<void> {
    this.closing ??= this.endAll();
    return this.closing;
  }

  /** Ends everything at once. What was committed is there at the next start. */
  async kill(): Promise<void> {
    this.ending.abort();
    this.owner.beginEnd();
    const { database } = this.parts;
    if (database?.postgres.running === true) sendSignal(database.postgres.pid, 'SIGQUIT');
    await Promise.all([...this.servers(), ...this.backends()].map((part) => part.end('SIGKILL')));
    await this.close();
  }

  private async endAll(): Promise<void> {
    const { database, pods, upkeep } = this.parts;
    this.ending.abort();
    this.owner.beginEnd();
    await Promise.all(this.servers().map((server) => server.end('SIGTERM', SERVER_END_MS)));
    await Promise.all([
      ...this.backends().map((backend) => backend.end('SIGTERM', END_MS)),
      pods?.balancer?.end(),
      upkeep,
    ]);
    if (database?.postgres.running === true) database.postgres.stop();
    await this.owner.close();
  }

  private servers(): ApiProcess[] {
    const { pods, admin } = this.parts;
    return [...(pods?.all ?? []), ...(admin === undefined ? [] : [admin])];
  }

  private backends(): LocalProcess[] {
    const { provider, pooler } = this.parts;
    return [provider, pooler, ...this.caches].filter((part) => part !== undefined);
  }

  private lookAfterDatabase(): void {
    const { postgres } = this;
    const lastLines = () => postgres.lastLines(SHOWN_LINES);
    this.leaveDatabase = this.owner.lookAfter(postgres.pid, { name: 'PostgreSQL', lastLines });
  }

  private async startDatabase(): Promise<void> {
    const { folder, parameters = {}, searchPath, now, signal } = this.props;
    this.parts.database = await startDatabase({
      ...{ folder, parameters, searchPath, now, signal },
      port: () => this.ports.of('database'),
      onServer: (database) => {
        this.parts.database = database;
        this.owner.watch(database.postgres.pid, 'SIGINT');
      },
    });
  }

  private async startProvider(): Promise<GatewaySettings> {
    const { provider, signal } = this.props;
    if (provider.kind === 'upstream') this.parts.providerUrl = provider.url;
    if (provider.kind !== 'simulated') return gatewaySettings(provider, null);
    const port = await this.ports.of('provider');
    const { behaviour } = provider;
    const simulated = providerProcess({ port, behaviour, environment: {}, ...this.owner.hooks('provider') });
    const url = `http://127.0.0.1:${port}`;
    Object.assign(this.parts, { provider: simulated, providerUrl: url });
    await simulated.start(signal);
    return gatewaySettings(provider, url);
  }

  private async startCache(): Promise<void> {
    const { cache, cacheCluster = false, searchPath, folder, onStep, signal } = this.props;
    if (!cache) return;
    const program = valkeyProgram(searchPath);
    if (program === undefined) {
      onStep('Valkey is not installed: each API process has a cache of its own only');
      return;
    }
    if (cacheCluster) {
      const { owner, ports } = this;
      const onProcess = (process: LocalProcess) => this.caches.push(process);
      const cluster = { program, owner, ports, signal, folder: join(folder, 'logs'), onProcess };
      this.nodes = await startLocalCluster(cluster);
      this.parts.cachePort = started(this.nodes[0]).port;
      return;
    }
    const port = await this.ports.of('cache');
    const server = valkey({ program, port, folder: join(folder, 'logs'), ...this.owner.hooks('valkey') });
    this.caches.push(server);
    await server.start(signal);
    this.parts.cachePort = port;
  }

  private async startPooler({ logins }: LocalDatabase): Promise<void> {
    const { pooled = false, searchPath, folder, signal } = this.props;
    if (!pooled) return;
    const program = pgBouncerProgram(searchPath);
    if (program === undefined) throw new UsageError('PgBouncer is not installed: run .ci/install-servers');
    const port = await this.ports.free();
    const users = ['api', 'writer', 'admin'] as const;
    this.parts.poolerPort = port;
    this.parts.pooler = pgBouncer({
      ...{ program, folder, port, server: { host: '127.0.0.1', port: logins.port } },
      users: Object.fromEntries(users.map((who) => [localLogin(logins, who).user, logins[who]])),
      limits: pgBouncerLimits(this.config),
      queryWaitSeconds: this.config.database.clientPool.connectionTimeoutSeconds,
      ...this.owner.hooks('pgbouncer'),
    });
    await this.parts.pooler.start(signal);
  }

  private settingsWith(gateway: GatewaySettings): ServiceSettings {
    const { folder, settings: overrides = {}, searchPath } = this.props;
    const { database, cachePort, poolerPort } = this.parts;
    const { port, api } = started(database).logins;
    return serviceSettings(this.config, {
      ...{
        databasePort: poolerPort ?? port,
        databasePassword: api,
        gateway: gateway.variables,
        overrides,
        searchPath,
      },
      cache: cachePort === undefined ? null : { port: cachePort, cluster: this.nodes.length > 0 },
      secretFile: writeGatewaySecret(folder, gateway.keys),
    });
  }

  private async startServers({ environment: variables }: ServiceSettings): Promise<void> {
    const { pods, balanced = false, onStep, folder, environment, nodeOptions, signal } = this.props;
    const { owner, ports } = this;
    onStep(`starting ${pods === 1 ? 'the API' : `${pods} API processes`} and the admin server`);
    this.parts.pods = new LocalPods({ folder, environment, variables, nodeOptions, owner, ports, signal });
    await Promise.all([this.startAdmin(variables), this.parts.pods.start(pods, balanced || pods > 1)]);
  }

  private async startAdmin(variables: ServiceSettings['environment']): Promise<void> {
    const { folder, nodeOptions, signal } = this.props;
    this.parts.admin = new ApiProcess({
      entry: join(folder, 'program', 'admin.js'),
      port: await this.ports.of('admin'),
      metricsPort: await this.ports.free(),
      environment: {
        ...{ ...variables, GATEWAY_JOURNAL_FOLDER: join(folder, 'journal', 'admin') },
        ...{ DATABASE_USER: ADMIN_DATABASE_USER, DATABASE_WRITER_USER: ADMIN_DATABASE_USER },
      },
      nodeOptions,
      ...this.owner.hooks('admin'),
    });
    await this.parts.admin.start(signal);
  }
}

/** A part of a platform that has started. */
function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the platform has not started yet');
  return part;
}
