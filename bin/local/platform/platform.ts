import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { type ConnectionSettings, withConnection } from '../../../service/database/connect';
import { localUrl } from '../../db/local-database';
import type { ApiProcess } from '../api-process';
import type { Balancer } from '../balancer';
import type { LocalProcess } from '../local-process';
import type { LocalNode } from './cache/valkey-cluster';
import { openFolder } from './database/local-database';
import { keepCosts } from './database/upkeep';
import { WatchedPostgres } from './database/watched-postgres';
import { ensureDemo } from './demo-data';
import { endAtOnce, endInOrder, noProcesses, processIds } from './end-platform';
import type { PodEnd } from './local-pods';
import { type PlatformAccess, platformAccess } from './platform-access';
import type { PlatformAddresses, PlatformProps, PodChanges } from './platform-props';
import { Ports } from './ports';
import { ProcessOwner } from './process-owner';
import type { ReplacedSetting } from './service-settings';
import { type Backends, startBackends } from './start-backends';
import { type Servers, startServers } from './start-servers';
import type { StartTools } from './start-tools';

/** Lends a platform of this machine, and ends it afterwards. @throws UsageError where a part does not start */
export async function withPlatform<T>(
  props: PlatformProps,
  use: (platform: Platform) => Promise<T>,
): Promise<T> {
  const platform = new Platform(props);
  try {
    await platform.start();
    return await use(platform);
  } finally {
    await platform.close();
  }
}

/** What there is once everything has started. */
interface RunningPlatform extends Backends, Servers {
  readonly access: PlatformAccess;
  readonly postgres: WatchedPostgres;
}

/** The platform on this machine. API, admin server, provider, Valkey and PostgreSQL are processes of their own. */
export class Platform {
  private readonly tools: StartTools;
  private readonly ending = new AbortController();
  private started: RunningPlatform | undefined;
  private upkeep: Promise<void> = Promise.resolve();
  private closing: Promise<void> | undefined;

  constructor(props: PlatformProps) {
    this.tools = {
      props,
      config: loadEnvironment(props.environment),
      ports: new Ports(props.ports),
      owner: new ProcessOwner(props.folder, props.onCrash),
      processes: noProcesses(),
    };
  }

  get addresses(): PlatformAddresses {
    const { pods, admin, provider, database, cache } = this.running;
    return {
      api: pods.url,
      admin: admin.url,
      metrics: String(this.pods[0]?.metricsUrl),
      provider: provider.url,
      database: localUrl(database.logins),
      cache: cache === null ? null : `redis://127.0.0.1:${cache.port}`,
    };
  }

  get keys(): PlatformAccess['keys'] {
    return this.running.access.keys;
  }

  /** API processes, the oldest first. */
  get pods(): readonly ApiProcess[] {
    return this.running.pods.all;
  }

  /** Null before a single process without one. */
  get balancer(): Balancer | null {
    return this.running.pods.balancer;
  }

  /** Nodes of the Valkey cluster, masters first; none without a cluster. */
  get cacheNodes(): readonly LocalNode[] {
    return this.running.cache?.nodes ?? [];
  }

  /** PgBouncer; null where the servers reach PostgreSQL directly. */
  get pooler(): LocalProcess | null {
    return this.running.pooler?.process ?? null;
  }

  /** The superuser's log-in. */
  get databaseLogin(): ConnectionSettings {
    return this.running.database.login;
  }

  /** What differs from the ConfigMap of the environment, by name. */
  get replaced(): readonly ReplacedSetting[] {
    return this.running.settings.replaced;
  }

  /** Ids of all processes that run, without this one: the oldest API process is the first, PostgreSQL the last. */
  processIds(): number[] {
    const { processes, owner } = this.tools;
    return processIds(processes, owner);
  }

  /** Starts everything; once. @throws UsageError where a part does not start; then call `close` */
  async start(): Promise<void> {
    const { tools } = this;
    const { folder, onStep, now } = tools.props;
    openFolder(folder);
    for (const name of ['logs', 'journal', 'program']) mkdirSync(join(folder, name), { recursive: true });
    onStep('starting PostgreSQL');
    const backends = await startBackends(tools);
    const { login, logins, postgres } = backends.database;
    const access = await withConnection(login, (client) => platformAccess(client, folder, now));
    await storeDemo(tools.props, backends, access);
    const servers = await startServers(tools, backends);
    this.upkeep = keepCosts(login, this.ending.signal, () => undefined);
    const watched = new WatchedPostgres(postgres, logins.port, tools.owner);
    this.started = { ...backends, ...servers, access, postgres: watched };
  }

  /** Starts another API process; the balancer sends it requests. @param changes how it differs from the others */
  addPod(changes?: PodChanges): Promise<ApiProcess> {
    return this.running.pods.add(changes);
  }

  /** Ends an API process after its requests. @param pod by default the newest one */
  removePod(pod?: ApiProcess, end?: PodEnd): Promise<void> {
    return this.running.pods.remove(pod, end);
  }

  /** SIGINT rolls back open transactions and stops PostgreSQL; SIGQUIT ends it at once, as in a crash. */
  stopDatabase(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    return this.running.postgres.stop(signal);
  }

  /** Starts PostgreSQL again after `stopDatabase`. */
  resumeDatabase(): Promise<void> {
    return this.running.postgres.resume();
  }

  /** Ends everything that has started: servers first, then what they use. */
  close(): Promise<void> {
    this.closing ??= this.endAll();
    return this.closing;
  }

  /** Ends everything at once. What was committed is there at the next start. */
  async kill(): Promise<void> {
    this.beginEnd();
    await endAtOnce(this.tools.processes);
    await this.close();
  }

  private async endAll(): Promise<void> {
    this.beginEnd();
    await endInOrder(this.tools.processes, this.upkeep);
    await this.tools.owner.close();
  }

  private beginEnd(): void {
    this.ending.abort();
    this.tools.owner.beginEnd();
  }

  private get running(): RunningPlatform {
    if (this.started === undefined) throw new Error('the platform has not started yet');
    return this.started;
  }
}

async function storeDemo(
  props: PlatformProps,
  { database }: Backends,
  access: PlatformAccess,
): Promise<void> {
  const { folder, records, now, signal, onStep, onProgress } = props;
  const { project, otherProject } = access.projects;
  await ensureDemo({
    ...{ folder, records, now, signal, onStep, login: database.login, projects: [project, otherProject] },
    onProgress: (done) => onProgress?.(done, records),
  });
}
