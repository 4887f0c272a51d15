import { LocalProcess, type LocalProcessProps } from './local-process';

export interface ServerProcessProps extends Pick<LocalProcessProps, 'onStart' | 'onCrash'> {
  /** Name of the pod. */
  readonly name: string;
  /** The bundled entry point, such as `api.js`. */
  readonly entry: string;
  /** Port of the server on 127.0.0.1. */
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

/** A server of the service (API or admin) as a process of its own, which can be ended and started again on its port. */
export class ApiProcess extends LocalProcess {
  /** Origin of the server. */
  readonly url: string;
  /** Address of its Prometheus page. */
  readonly metricsUrl: string;

  constructor({ entry, port, metricsPort, environment, nodeOptions = [], ...props }: ServerProcessProps) {
    const url = `http://127.0.0.1:${port}`;
    super({
      ...props,
      command: process.execPath,
      args: [...nodeOptions, entry],
      environment: {
        ...environment,
        SERVER_HOST: '127.0.0.1',
        PORT: String(port),
        METRICS_PORT: String(metricsPort),
        HOSTNAME: props.name,
      },
      isReady: () => answers(`${url}/ready`),
    });
    this.url = url;
    this.metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
  }

  /** Memory of the process, bytes, as its Prometheus page says. */
  async residentBytes(): Promise<number> {
    const page = await fetch(this.metricsUrl);
    const [, bytes] = /^process_resident_memory_bytes (\S+)$/m.exec(await page.text()) ?? [];
    return Number(bytes);
  }
}

/** Whether a GET of the address is answered with a status of 200 to 299. */
export async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url);
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
