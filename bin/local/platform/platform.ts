import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedConfig } from '../../../lib/config/environment-config';
import { ADMIN_DATABASE_USER } from '../../../lib/config/names';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { type ConnectionSettings, withConnection } from '../../../service/database/connect';
import { buildService } from '../../build-service/build-service';
import type { EmbeddedPostgres } from '../../db/embedded-postgres';
import { DATABASE_NAME } from '../../db/local-database';
import { ApiProcess } from '../api-process';
import { type Balancer, startBalancer } from '../balancer';
import type { LocalProcess } from '../local-process';
import { providerProcess } from '../provider-process';
import { Watchdog } from '../watchdog';
import { addUpCosts, importDemoPrices, writeDemoData } from './demo-data';
import { type LocalDatabase, openFolder, startDatabase } from './local-database';
import { type PlatformAccess, platformAccess } from './platform-access';
import type { PlatformAddresses, PlatformProps } from './platform-props';
import { Ports } from './ports';
import { type GatewaySettings, gatewaySettings } from './provider-settings';
import { type ReplacedSetting, type ServiceSettings, serviceSettings } from './service-settings';
import { keepCosts } from './upkeep';
import { valkey, valkeyProgram } from './valkey';

/** Longest end of a server after SIGTERM, ms; it drains for 2 s. */
const END_MS = 3000;

/** Lines of PostgreSQL's log that are shown when it has ended. */
const SHOWN_LINES = 5;

/** Time between two looks at whether PostgreSQL runs, ms. */
const DATABASE_WATCH_MS = 1000;

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

/** The platform's parts. API, admin server, provider, Valkey and PostgreSQL are processes of their own. */
export class Platform {
  private readonly config: ResolvedConfig;
  private readonly ports: Ports;
  private readonly watchdog = new Watchdog();
  private readonly ending = new AbortController();
  private readonly apis: ApiProcess[] = [];
  private readonly caches: LocalProcess[] = [];
  private readonly balancers: Balancer[] = [];
  private readonly watches: NodeJS.Timeout[] = [];
  private number = 0;
  private providerUrl: string | null = null;
  private state: {
    database?: LocalDatabase;
    access?: PlatformAccess;
    provider?: LocalProcess;
    admin?: ApiProcess;
    settings?: ServiceSettings;
    addresses?: PlatformAddresses;
    upkeep?: Promise<void>;
  } = {};
  private closing: Promise<void> | undefined;

  constructor(private readonly props: PlatformProps) {
    this.config = loadEnvironment(props.environment);
    this.ports = new Ports(props.ports);
  }

  get folder(): string {
    return this.props.folder;
  }

  get addresses(): PlatformAddresses {
    return started(this.state.addresses);
  }

  get access(): PlatformAccess {
    return started(this.state.access);
  }

  get keys(): PlatformAccess['keys'] {
    return this.access.keys;
  }

  /** API processes, the oldest first. */
  get pods(): readonly ApiProcess[] {
    return this.apis;
  }

  get admin(): ApiProcess {
    return started(this.state.admin);
  }

  /** Null where real providers or somebody's stand-in are called. */
  get provider(): LocalProcess | null {
    return this.state.provider ?? null;
  }

  get cacheProcesses(): readonly LocalProcess[] {
    return this.caches;
  }

  /** Null before a single process without one. */
  get balancer(): Balancer | null {
    return this.balancers[0] ?? null;
  }

  get postgres(): EmbeddedPostgres {
    return started(this.state.database).postgres;
  }

  /** The superuser's log-in. */
  get databaseLogin(): ConnectionSettings {
    return started(this.state.database).login;
  }

  /** What differs from the ConfigMap of the environment, by name. */
  get replaced(): readonly ReplacedSetting[] {
    return started(this.state.settings).replaced;
  }

  /** Ids of all processes that run, without this one. */
  processIds(): number[] {
    const { database, provider, admin } = this.state;
    const parts = [...this.apis, admin, provider, ...this.caches, ...this.balancers, this.watchdog];
    const ids = parts.flatMap((part) => part?.pid ?? []);
    return database?.postgres.running === true ? [...ids, database.postgres.pid] : ids;
  }

  /** Starts everything; once. */
  async start(): Promise<void> {
    const { props } = this;
    openFolder(props.folder);
    for (const name of ['logs', 'journal', 'program'])
      mkdirSync(join(props.folder, name), { recursive: true });
    props.onStep('starting PostgreSQL');
    const [database] = await Promise.all([this.startDatabase(), buildService(join(props.folder, 'program'))]);
    this.state.database = database;
    const [gateway, cache] = await Promise.all([this.startProvider(), this.startCache()]);
    await withConnection(database.login, async (client) => {
      this.state.access = await platformAccess(client, props.folder, props.now);
    });
    this.state.settings = serviceSettings(this.config, {
      databasePort: database.logins.port,
      databasePassword: database.logins.api,
      cache: cache === null ? null : { port: cache, cluster: false },
      secretFile: this.writeSecret(gateway.keys),
      gateway: gateway.variables,
      overrides: props.settings ?? {},
      searchPath: props.searchPath,
    });
    await this.writeDemo(database);
    await this.startServers();
    this.state.upkeep = keepCosts(database.login, this.ending.signal, () => undefined);
    this.watchDatabase(database.postgres);
    this.state.addresses = this.readAddresses(database.logins.port, cache);
  }

  /** Starts another API process; the balancer sends it requests. */
  async addPod(): Promise<ApiProcess> {
    const api = await this.newApi();
    await this.useApis(this.apis);
    return api;
  }

  /** Ends the newest API process after its requests. */
  async removePod(): Promise<void> {
    const api = this.apis.pop();
    if (api === undefined) return;
    await this.useApis(this.apis);
    await api.end('SIGTERM', END_MS);
  }

  /** Sends new requests to these processes only. */
  async useApis(apis: readonly ApiProcess[]): Promise<void> {
    await this.balancer?.use(apis.map(({ url }) => url));
  }

  /** Ends everything: servers first, then what they use. At most 5 s. */
  close(): Promise<void> {
    this.closing ??= this.endAll();
    return this.closing;
  }

  /** Ends everything at once. What was committed is there at the next start. */
  async kill(): Promise<void> {
    const { database } = this.state;
    this.ending.abort();
    if (database?.postgres.running === true) signalProcess(database.postgres.pid, 'SIGQUIT');
    const { admin, provider } = this.state;
    const parts = [...this.apis, admin, provider, ...this.caches];
    await Promise.all([
      ...parts.map((part) => part?.end('SIGKILL')),
      ...this.balancers.map((one) => one.end()),
    ]);
    await this.close();
  }

  private async endAll(): Promise<void> {
    const { database, admin, provider, upkeep } = this.state;
    this.ending.abort();
    for (const watch of this.watches) clearInterval(watch);
    await Promise.all([...this.apis, admin].map((part) => part?.end('SIGTERM', END_MS)));
    await Promise.all([
      ...[provider, ...this.caches].map((part) => part?.end('SIGTERM', 1000)),
      ...this.balancers.map((balancer) => balancer.end()),
      upkeep,
    ]);
    if (database?.postgres.running === true) database.postgres.stop();
    await this.watchdog.close();
  }

  private startDatabase(): Promise<LocalDatabase> {
    const { folder, parameters = {}, searchPath, now, signal } = this.props;
    return startDatabase({
      ...{ folder, parameters, searchPath, now, signal },
      port: () => this.ports.of('database'),
      onStart: (pid) => this.watchdog.watch(pid, 'SIGINT'),
    });
  }

  private async startProvider(): Promise<GatewaySettings> {
    const { provider } = this.props;
    if (provider.kind === 'upstream') this.providerUrl = provider.url;
    if (provider.kind !== 'simulated') return gatewaySettings(provider, null);
    const port = await this.ports.of('provider');
    const simulated = providerProcess({
      ...{ port, behaviour: provider.behaviour, environment: {} },
      ...this.hooks('provider'),
    });
    this.state.provider = simulated;
    await simulated.start(this.props.signal);
    this.providerUrl = `http://127.0.0.1:${port}`;
    return gatewaySettings(provider, this.providerUrl);
  }

  /** @returns the port of Valkey; null where there is none */
  private async startCache(): Promise<number | null> {
    const { cache, searchPath, folder, onStep, signal } = this.props;
    if (!cache) return null;
    const program = valkeyProgram(searchPath);
    if (program === undefined) {
      onStep('Valkey is not installed: each API process has a cache of its own only');
      return null;
    }
    const port = await this.ports.of('cache');
    const server = valkey({ program, port, folder: join(folder, 'logs'), ...this.hooks('valkey') });
    this.caches.push(server);
    await server.start(signal);
    return port;
  }

  private async startServers(): Promise<void> {
    const { pods, balanced = false, onStep, folder, environment } = this.props;
    const isBalanced = balanced || pods > 1;
    onStep(`starting ${pods === 1 ? 'the API' : `${pods} API processes`} and the admin server`);
    const firstPort = isBalanced ? undefined : await this.ports.of('api');
    await Promise.all([
      this.startAdmin(),
      ...Array.from({ length: pods }, (_, index) => this.newApi(index === 0 ? firstPort : undefined)),
    ]);
    if (!isBalanced) return;
    const balancer = await startBalancer({
      ...{ folder: join(folder, 'balancer'), environment, port: await this.ports.of('api') },
      pods: this.apis.map(({ url }) => url),
    });
    this.balancers.push(balancer);
    if (balancer.pid !== undefined) this.watchdog.watch(balancer.pid);
  }

  /** @param port of the API. @default - a free one */
  private async newApi(port?: number): Promise<ApiProcess> {
    this.number += 1;
    const name = `api-${this.number}`;
    const isFirst = this.number === 1;
    const api = new ApiProcess({
      entry: join(this.props.folder, 'program', 'api.js'),
      port: port ?? (await this.ports.free()),
      metricsPort: isFirst ? await this.ports.of('metrics') : await this.ports.free(),
      environment: {
        // A journal of its own, which the next process of this name reads.
        GATEWAY_JOURNAL_FOLDER: join(this.props.folder, 'journal', name),
        ...started(this.state.settings).environment,
        ...this.props.settings,
      },
      nodeOptions: this.props.nodeOptions,
      ...this.hooks(name),
    });
    this.apis.push(api);
    await api.start(this.props.signal);
    return api;
  }

  private async startAdmin(): Promise<void> {
    const settings = started(this.state.settings).environment;
    this.state.admin = new ApiProcess({
      entry: join(this.props.folder, 'program', 'admin.js'),
      port: await this.ports.of('admin'),
      metricsPort: await this.ports.free(),
      environment: {
        ...settings,
        DATABASE_USER: ADMIN_DATABASE_USER,
        DATABASE_WRITER_USER: ADMIN_DATABASE_USER,
      },
      nodeOptions: this.props.nodeOptions,
      ...this.hooks('admin'),
    });
    await this.state.admin.start(this.props.signal);
  }

  private async writeDemo({ login }: LocalDatabase): Promise<void> {
    const { folder, records, now, signal, onStep, onProgress } = this.props;
    const file = join(folder, 'demo.json');
    if (records === 0) return;
    // The plan comes first, so that a start after a killed one goes on with the same records.
    if (!existsSync(file))
      writeFileSync(file, JSON.stringify({ records, until: now().toISOString(), done: false }));
    const plan = JSON.parse(readFileSync(file, 'utf8'));
    if (plan.done) return;
    const { project, otherProject } = this.access.projects;
    const total: number = plan.records;
    const until = new Date(plan.until);
    onStep(`writing ${total.toLocaleString('en')} records of the last 30 days`);
    await withConnection(login, (client) => importDemoPrices(client, until));
    await writeDemoData({
      ...{ login, projects: [project, otherProject], records: total, until, signal },
      onProgress: (done) => onProgress?.(done, total),
    });
    onStep('adding up their costs');
    await withConnection(login, addUpCosts);
    writeFileSync(file, JSON.stringify({ ...plan, done: true }));
  }

  private writeSecret(providers: Readonly<Record<string, string>>): string {
    const file = join(this.props.folder, 'gateway-secret.json');
    const secret = { webhook_signing_key: randomBytes(32).toString('base64url'), providers, projects: {} };
    writeFileSync(file, JSON.stringify(secret), { mode: 0o600 });
    return file;
  }

  /** Log file and listeners of a process. */
  private hooks(name: string) {
    return {
      name,
      logFile: join(this.props.folder, 'logs', `${name}.log`),
      onStart: (pid: number) => this.watchdog.watch(pid),
      onCrash: (ended: LocalProcess, how: string) => {
        if (!this.ending.signal.aborted) this.props.onCrash?.(ended, how);
      },
    };
  }

  /** PostgreSQL is no child of this process, so nobody else would say that it has ended. */
  private watchDatabase(postgres: EmbeddedPostgres): void {
    const pid = postgres.pid;
    let isUp = true;
    const look = () => {
      const isThere = signalProcess(pid, 0);
      if (isUp && !isThere) {
        const ended = { name: 'PostgreSQL', lastLines: () => postgres.lastLines(SHOWN_LINES) };
        if (!this.ending.signal.aborted) this.props.onCrash?.(ended, 'it ended');
      }
      isUp = isThere;
    };
    this.watches.push(setInterval(look, DATABASE_WATCH_MS));
  }

  private readAddresses(databasePort: number, cachePort: number | null): PlatformAddresses {
    const [first] = this.apis as [ApiProcess];
    return {
      api: this.balancer?.url ?? first.url,
      admin: this.admin.url,
      metrics: first.metricsUrl,
      provider: this.providerUrl,
      database: `postgres://postgres@127.0.0.1:${databasePort}/${DATABASE_NAME}`,
      cache: cachePort === null ? null : `redis://127.0.0.1:${cachePort}`,
    };
  }
}

/** A part of a platform that has started. */
function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the platform has not started yet');
  return part;
}

/** @returns whether there is such a process */
function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
