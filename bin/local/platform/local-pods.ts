import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProcess } from '../api-process';
import { type Balancer, startBalancer } from '../balancer';
import type { PodChanges } from './platform-props';
import type { Ports } from './ports';
import type { ProcessOwner } from './process-owner';

/** Longest end of a server after SIGTERM, ms; it drains for 2 s. */
export const SERVER_END_MS = 3000;

export interface LocalPodsProps {
  /** Folder of the platform. */
  readonly folder: string;
  /** Environment whose NGINX settings the balancer has. */
  readonly environment: string;
  /** Environment variables of each process but its name, ports and journal. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Options of Node. */
  readonly nodeOptions: readonly string[] | undefined;
  readonly owner: ProcessOwner;
  readonly ports: Ports;
  readonly signal: AbortSignal;
}

/** How an API process ends. */
export interface PodEnd {
  /** How long it gets no new requests before SIGTERM, ms. @default 0 */
  readonly quietMs?: number;
  /** Time after SIGTERM after which it is killed, ms. @default 3000 */
  readonly endMs?: number;
}

/** API processes, and the balancer before them where there is one. */
export class LocalPods {
  /** The oldest first. */
  readonly all: ApiProcess[] = [];
  private started = 0;
  private before: Balancer | null = null;

  constructor(private readonly props: LocalPodsProps) {}

  get balancer(): Balancer | null {
    return this.before;
  }

  /** Origin that callers use. */
  get url(): string {
    return this.before?.url ?? String(this.all[0]?.url);
  }

  /** @param balanced whether a balancer stands before the processes */
  async start(number: number, balanced: boolean): Promise<void> {
    const { ports, folder, environment, owner } = this.props;
    const port = await ports.of('api');
    await Promise.all(
      Array.from({ length: number }, (_, index) =>
        this.newPod({}, index === 0 && !balanced ? port : undefined),
      ),
    );
    if (!balanced) return;
    const pods = this.all.map(({ url }) => url);
    this.before = await startBalancer({ folder: join(folder, 'balancer'), environment, port, pods });
    if (this.before.pid !== undefined) owner.watch(this.before.pid);
  }

  /** Starts another process; the balancer then sends it requests. */
  async add(changes: PodChanges = {}): Promise<ApiProcess> {
    const pod = await this.newPod(changes);
    await this.use(this.all);
    return pod;
  }

  /**
   * Ends a process after its requests.
   * @param leaving by default the newest one
   */
  async remove(
    leaving = this.all.at(-1),
    { quietMs = 0, endMs = SERVER_END_MS }: PodEnd = {},
  ): Promise<void> {
    const index = leaving === undefined ? -1 : this.all.indexOf(leaving);
    if (index === -1) return;
    this.all.splice(index, 1);
    await this.use(this.all);
    await sleep(quietMs);
    await leaving?.end('SIGTERM', endMs);
  }

  /** Sends new requests to these processes only. */
  async use(pods: readonly ApiProcess[]): Promise<void> {
    await this.before?.use(pods.map(({ url }) => url));
  }

  /** @param port of the API. @default - a free one */
  private async newPod(changes: PodChanges, port?: number): Promise<ApiProcess> {
    const { folder, variables, nodeOptions, owner, ports, signal } = this.props;
    this.started += 1;
    const name = `api-${this.started}`;
    const metricsPort = this.started === 1 ? ports.of('metrics') : ports.free();
    const pod = new ApiProcess({
      entry: join(folder, 'program', 'api.js'),
      port: port ?? (await ports.free()),
      metricsPort: await metricsPort,
      environment: {
        // A journal of its own, which the next process of this name reads.
        GATEWAY_JOURNAL_FOLDER: join(folder, 'journal', name),
        ...variables,
        ...changes.environment,
      },
      nodeOptions: [...(changes.nodeOptions ?? []), ...(nodeOptions ?? [])],
      ...owner.hooks(name),
    });
    this.all.push(pod);
    await pod.start(signal);
    return pod;
  }
}
