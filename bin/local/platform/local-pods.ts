import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProcess } from '../api-process';
import { type Balancer, startBalancer } from '../balancer';
import { SERVER_END_MS } from './end-platform';
import type { PodChanges } from './platform-props';
import type { StartTools } from './start-tools';

/** How an API process ends. */
export interface PodEnd {
  /** How long it gets no new requests before SIGTERM, ms. @default 0 */
  readonly quietMs?: number;
  /** Time after SIGTERM after which it is killed, ms. @default 3000 */
  readonly endMs?: number;
}

/** API processes, and the balancer before them where there is one. */
export class LocalPods {
  private started = 0;

  /** @param variables environment variables of each process but its name, ports and journal */
  constructor(
    private readonly tools: StartTools,
    private readonly variables: Readonly<Record<string, string | undefined>>,
  ) {}

  /** The oldest first. */
  get all(): readonly ApiProcess[] {
    return this.tools.processes.pods;
  }

  get balancer(): Balancer | null {
    return this.tools.processes.balancer;
  }

  /** Origin that callers use. */
  get url(): string {
    return this.balancer?.url ?? String(this.all[0]?.url);
  }

  /** @param balanced whether a balancer stands before the processes */
  async start(number: number, balanced: boolean): Promise<void> {
    const { props, ports, owner, processes } = this.tools;
    const port = await ports.of('api');
    await Promise.all(
      Array.from({ length: number }, (_, index) =>
        this.newPod({}, index === 0 && !balanced ? port : undefined),
      ),
    );
    if (!balanced) return;
    const pods = this.all.map(({ url }) => url);
    const { environment } = props;
    const folder = join(props.folder, 'balancer');
    const balancer = await startBalancer({ folder, environment, port, pods });
    processes.balancer = balancer;
    if (balancer.pid !== undefined) owner.watch(balancer.pid);
  }

  /** Starts another process; the balancer then sends it requests. */
  async add(changes: PodChanges = {}): Promise<ApiProcess> {
    const pod = await this.newPod(changes);
    await this.balance();
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
    if (leaving === undefined || index === -1) return;
    this.tools.processes.pods.splice(index, 1);
    await this.balance();
    await sleep(quietMs);
    await leaving.end('SIGTERM', endMs);
  }

  /** Sends new requests to the processes of the moment only. */
  private async balance(): Promise<void> {
    await this.balancer?.use(this.all.map(({ url }) => url));
  }

  /** @param port of the API. @default - a free one */
  private async newPod(changes: PodChanges, port?: number): Promise<ApiProcess> {
    const { props, owner, ports, processes } = this.tools;
    const { folder, nodeOptions, signal } = props;
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
        ...this.variables,
        ...changes.environment,
      },
      nodeOptions: [...(changes.nodeOptions ?? []), ...(nodeOptions ?? [])],
      ...owner.hooks(name),
    });
    processes.pods.push(pod);
    await pod.start(signal);
    return pod;
  }
}
