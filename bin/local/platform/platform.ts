import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedConfig } from '../../../lib/config/environment-config';
import { ADMIN_DATABASE_USER } from '../../../lib/config/names';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { type ConnectionSettings, withConnection } from '../../../service/database/connect';
import { buildService } from '../../build-service/build-service';
import type { EmbeddedPostgres } from '../../db/embedded-postgres';
import { DATABASE_NAME } from '../../db/local-database';
import { ApiProcess } from '../api-process';
import type { Balancer } from '../balancer';
import type { LocalProcess } from '../local-process';
import { providerProcess } from '../provider-process';
import { ensureDemo } from './demo-data';
import { type LocalDatabase, openFolder, startDatabase } from './local-database';
import { LocalPods, SERVER_END_MS } from './local-pods';
import { type PlatformAccess, platformAccess } from './platform-access';
import type { PlatformAddresses, PlatformProps } from './platform-props';
import { Ports } from './ports';
import { ProcessOwner, sendSignal } from './process-owner';
import { type GatewaySettings, gatewaySettings, writeGatewaySecret } from './provider-settings';
import { type ReplacedSetting, type ServiceSettings, serviceSettings } from './service-settings';
import { keepCosts } from './upkeep';
import { valkey, valkeyProgram } from './valkey';

/** Longest end of provider and Valkey after SIGTERM, ms. */
const END_MS = 1000;

/** Lines of PostgreSQL's log that are shown when it has ended. */
const SHOWN_LINES = 5;

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
  private closing: Promise<void> | undefined;

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
    const port = started(database).logins.port;
    return {
      api: started(this.parts.pods).url,
      admin: this.admin.url,
      metrics: String(this.pods[0]?.metricsUrl),
      provider: providerUrl ?? null,
      database: `postgres://postgres@127.0.0.1:${port}/${DATABASE_NAME}`,
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
    const { login, postgres } = started(parts.database);
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
    this.owner.lookAfter(postgres.pid, {
      name: 'PostgreSQL',
      lastLines: () => postgres.lastLines(SHOWN_LINES),
    });
  }

  /** Starts another API process; the balancer sends it requests. */
  addPod(): Promise<ApiProcess> {
    return started(this.parts.pods).add();
  }

  /** Ends the newest API process after its requests. */
  removePod(): Promise<void> {
    return started(this.parts.pods).remove();
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
    const { provider } = this.parts;
    return [...(provider === undefined ? [] : [provider]), ...this.caches];
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
    const { cache, searchPath, folder, onStep, signal } = this.props;
    if (!cache) return;
    const program = valkeyProgram(searchPath);
    if (program === undefined) {
      onStep('Valkey is not installed: each API process has a cache of its own only');
      return;
    }
    const port = await this.ports.of('cache');
    const server = valkey({ program, port, folder: join(folder, 'logs'), ...this.owner.hooks('valkey') });
    this.caches.push(server);
    await server.start(signal);
    this.parts.cachePort = port;
  }

  private settingsWith(gateway: GatewaySettings): ServiceSettings {
    const { folder, settings: overrides = {}, searchPath } = this.props;
    const { database, cachePort } = this.parts;
    const { port, api } = started(database).logins;
    return serviceSettings(this.config, {
      ...{ databasePort: port, databasePassword: api, gateway: gateway.variables, overrides, searchPath },
      cache: cachePort === undefined ? null : { port: cachePort, cluster: false },
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
