import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Pod, PodSet } from '../../../../bin/local/hpa/pod-set';

/** Pods that are pages of one server, and a clock: the load is spread over them as time goes on. */
export class FakePods implements PodSet {
  /** ms since 1970-01-01 UTC */
  nowMs: number;
  /** Calls of the gateway under way, of each pod. */
  calls = 0;
  /** Names of the pods whose page fails. */
  readonly silent = new Set<string>();
  private readonly server: Server;
  private readonly counts = new Map<string, number>();
  private number = 0;

  static async start(pods: number, nowMs: number): Promise<FakePods> {
    const fake = new FakePods(nowMs);
    await once(fake.server.listen(0, '127.0.0.1'), 'listening');
    for (let index = 0; index < pods; index += 1) await fake.add();
    return fake;
  }

  private constructor(nowMs: number) {
    this.nowMs = nowMs;
    this.server = createServer((request, response) => {
      const name = (request.url ?? '').slice(1);
      response.statusCode = this.silent.has(name) ? 503 : 200;
      response.end(this.pageOf(name));
    });
  }

  pods(): readonly Pod[] {
    const { port } = this.server.address() as AddressInfo;
    return [...this.counts.keys()].map((name) => ({ name, metricsUrl: `http://127.0.0.1:${port}/${name}` }));
  }

  async add(): Promise<void> {
    this.number += 1;
    this.counts.set(`api-${this.number}`, 0);
  }

  async remove(): Promise<void> {
    this.counts.delete([...this.counts.keys()].at(-1) ?? '');
  }

  /** Lets time pass under a load, requests per second of all pods. */
  pass(seconds: number, load: number): void {
    this.nowMs += 1000 * seconds;
    for (const [name, count] of this.counts)
      this.counts.set(name, count + (load * seconds) / this.counts.size);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private pageOf(name: string): string {
    return [
      '# TYPE http_requests_total counter',
      `http_requests_total{route="/api/v1/records",method="GET"} ${this.counts.get(name)}`,
      `http_requests_total{route="/ready",method="GET"} ${this.nowMs}`,
      `gateway_calls_in_flight ${this.calls}`,
      '',
    ].join('\n');
  }
}
