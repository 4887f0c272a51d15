import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../cli/command';

/** Longest start of an API process, ms. */
const START_MS = 60_000;

/** Time between two looks at whether it is ready, ms. */
const POLL_MS = 20;

export interface ApiProcessProps {
  /** Name of the pod. */
  readonly name: string;
  /** The bundled entry point, `api.js`. */
  readonly entry: string;
  /** Port of the API on 127.0.0.1. */
  readonly port: number;
  /** Port of the Prometheus page on 127.0.0.1. */
  readonly metricsPort: number;
  /** File that gets the log lines of all its runs. */
  readonly logFile: string;
  /** Environment variables, without those of ports, host and name. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Options of Node, e.g. `--cpu-prof`. @default - none */
  readonly nodeOptions?: readonly string[];
}

/** An API server as a process of its own, which can be ended and started again on the same port. */
export class ApiProcess {
  /** Origin of the API. */
  readonly url: string;
  private child: ChildProcess | undefined;

  constructor(private readonly props: ApiProcessProps) {
    this.url = `http://127.0.0.1:${props.port}`;
  }

  /** Name of the pod. */
  get name(): string {
    return this.props.name;
  }

  /** Starts the process and waits until it is ready. @throws UsageError with its last log lines where it is not */
  async start(): Promise<void> {
    const { name, entry, port, metricsPort, logFile, environment, nodeOptions = [] } = this.props;
    const log = openSync(logFile, 'a');
    try {
      this.child = spawn(process.execPath, [...nodeOptions, entry], {
        stdio: ['ignore', log, log],
        env: {
          ...environment,
          SERVER_HOST: '127.0.0.1',
          PORT: String(port),
          METRICS_PORT: String(metricsPort),
          HOSTNAME: name,
        },
      });
    } finally {
      closeSync(log);
    }
    await this.untilReady(performance.now() + START_MS);
  }

  /** Sends a signal and waits until the process has ended. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  /** Memory of the process, bytes, as its Prometheus page says. */
  async residentBytes(): Promise<number> {
    const page = await fetch(`http://127.0.0.1:${this.props.metricsPort}/metrics`);
    const [, bytes] = /^process_resident_memory_bytes (\S+)$/m.exec(await page.text()) ?? [];
    return Number(bytes);
  }

  private async untilReady(deadline: number): Promise<void> {
    while (performance.now() < deadline && this.child?.exitCode === null) {
      const status = await fetch(`${this.url}/ready`).then(
        async (answer) => {
          await answer.arrayBuffer();
          return answer.status;
        },
        () => 0,
      );
      if (status === 200) return;
      await sleep(POLL_MS);
    }
    const lines = readFileSync(this.props.logFile, 'utf8').trim().split('\n').slice(-3).join('\n');
    throw new UsageError(`${this.name} did not become ready: ${lines}`);
  }
}
