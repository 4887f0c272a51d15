import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nginxSettings } from '../../../k8s/charts/nginx-chart';
import { selfSignedCertificate } from '../../../k8s/scripts/self-signed-certificate';
import { NGINX_HEALTH_PATH, nginxConf } from '../../../k8s/server-config/nginx-conf';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { UsageError } from '../../cli/command';

/** Account that NGINX runs as when root starts it. */
const NOBODY = 65_534;

/** Longest start and longest reload, ms. */
const START_MS = 10_000;

/** Time between two looks at whether it is ready, ms. */
const POLL_MS = 20;

/** Time from SIGTERM, which cuts requests, to SIGKILL, ms. */
const END_MS = 2000;

/** Wait for a reload where the workers' ids cannot be read (not Linux), ms. */
const BLIND_RELOAD_MS = 500;

export interface NginxBalancerProps {
  /** Path of the program. */
  readonly program: string;
  /** Folder of its files, which it creates. */
  readonly folder: string;
  /** Whose settings it runs with. */
  readonly environment: string;
  /** Ports on 127.0.0.1. */
  readonly ports: { readonly http: number; readonly https: number };
}

/** NGINX with the charts' configuration, as a process group of its own. */
export class NginxBalancer {
  readonly name = 'NGINX';
  private child: ChildProcess | undefined;

  /** @throws UsageError with the last log lines where it does not start */
  static async start(props: NginxBalancerProps, pods: readonly string[]): Promise<NginxBalancer> {
    const balancer = new NginxBalancer(props);
    mkdirSync(props.folder, { recursive: true });
    makeCertificate(props.folder);
    balancer.write(pods);
    balancer.spawn();
    try {
      await balancer.untilReady(performance.now() + START_MS);
    } catch (error) {
      await balancer.end();
      throw error;
    }
    return balancer;
  }

  private constructor(private readonly props: NginxBalancerProps) {}

  get url(): string {
    return `http://127.0.0.1:${this.props.ports.http}`;
  }

  get pid(): number | undefined {
    return this.running ? this.child?.pid : undefined;
  }

  get running(): boolean {
    const { child } = this;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /**
   * Reloads NGINX: new workers take over the sockets, the old ones finish their requests.
   *
   * @throws UsageError where NGINX has ended, or does not take the configuration within 10 s
   */
  async use(pods: readonly string[]): Promise<void> {
    const { pid } = this;
    if (pid === undefined) throw new UsageError(`NGINX has ended: ${this.lastLines()}`);
    const former = new Set(workersOf(pid));
    this.write(pods);
    this.child?.kill('SIGHUP');
    if (former.size === 0) {
      await sleep(BLIND_RELOAD_MS);
      return;
    }
    for (const deadline = performance.now() + START_MS; performance.now() < deadline; await sleep(POLL_MS)) {
      if (workersOf(pid).every((worker) => !former.has(worker) || isQuitting(worker))) return;
    }
    throw new UsageError(`NGINX did not take its new configuration: ${this.lastLines()}`);
  }

  async end(): Promise<void> {
    const { child } = this;
    if (child?.pid === undefined || !this.running) return;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    const patience = new AbortController();
    const late = sleep(END_MS, 'late', { signal: patience.signal }).catch(() => 'ended');
    // The whole group: workers outlive a master that SIGKILL has ended.
    if ((await Promise.race([exit, late])) === 'late') process.kill(-child.pid, 'SIGKILL');
    patience.abort();
    await exit;
  }

  lastLines(): string {
    return readFileSync(this.logFile, 'utf8').trim().split('\n').slice(-3).join('\n');
  }

  private get logFile(): string {
    return join(this.props.folder, 'nginx.log');
  }

  private get configurationFile(): string {
    return join(this.props.folder, 'nginx.conf');
  }

  private hasWrittenPid(): boolean {
    const file = join(this.props.folder, 'nginx.pid');
    return existsSync(file) && Number(readFileSync(file, 'utf8')) === this.child?.pid;
  }

  private write(pods: readonly string[]): void {
    const { folder, environment, ports } = this.props;
    const settings = {
      ...nginxSettings(loadEnvironment(environment)),
      ...{ httpPort: ports.http, httpsPort: ports.https, tlsFolder: folder, tempFolder: folder },
      ...{ loadBalancerCidrs: ['127.0.0.1/32'], accessLog: '/dev/null' },
      // As in the cluster, where NGINX sees one Service and counts no failures: a pod that is back gets requests at once.
      maxFails: 0,
      servers: pods.map((url) => ({ address: new URL(url).host, weight: 1, backup: false })),
    };
    writeFileSync(this.configurationFile, nginxConf(settings));
  }

  private spawn(): void {
    const { program, folder } = this.props;
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(folder, NOBODY, NOBODY);
    const log = openSync(this.logFile, 'a');
    try {
      this.child = spawn(program, ['-e', 'stderr', '-c', this.configurationFile], {
        stdio: ['ignore', 'ignore', log],
        // A group of its own: Ctrl-C of a terminal must not end it before the pods have finished their requests.
        detached: true,
        ...(isRoot && { uid: NOBODY, gid: NOBODY }),
      });
    } finally {
      closeSync(log);
    }
    this.child.once('error', () => {});
  }

  private async untilReady(deadline: number): Promise<void> {
    for (; performance.now() < deadline && this.running; await sleep(POLL_MS)) {
      const isThere = await fetch(`${this.url}${NGINX_HEALTH_PATH}`).then(
        ({ ok }) => ok,
        () => false,
      );
      // Another server may hold the port and answer; NGINX writes its id once the ports are its own.
      if (isThere && this.hasWrittenPid()) return;
    }
    throw new UsageError(`NGINX did not start at ${this.url}: ${this.lastLines()}`);
  }
}

/** Ids of the workers of a master; none where the system does not say (not Linux). */
function workersOf(master: number): number[] {
  try {
    const children = readFileSync(`/proc/${master}/task/${master}/children`, 'utf8');
    return children.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Whether a worker takes no new connection; NGINX says it in the worker's title. */
function isQuitting(worker: number): boolean {
  try {
    return readFileSync(`/proc/${worker}/cmdline`, 'utf8').includes('shutting down');
  } catch {
    return true;
  }
}

/** NGINX does not start without one; local callers send plain HTTP. Its own account reads both files. */
function makeCertificate(folder: string): void {
  const { certificate, key } = selfSignedCertificate('localhost');
  writeFileSync(join(folder, 'tls.crt'), certificate);
  writeFileSync(join(folder, 'tls.key'), key);
}
