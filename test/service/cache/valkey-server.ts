import { Redis } from 'iovalkey';
import { ValkeyClient, type ValkeyClientProps } from '../../../service/cache/valkey-client';
import {
  freePort,
  type RunningServer,
  removeFolder,
  serverFolder,
  startServer,
  until,
} from '../../helpers/servers';

/** A Valkey of a test, on a port of its own. */
export class ValkeyServer {
  private server: RunningServer | undefined;

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly flags: readonly string[],
    /** Port of a cluster's bus, where `flags` set one. */
    readonly busPort = 0,
  ) {}

  /**
   * @param flags further settings, `--name value`
   * @param folder a folder of `serverFolder`, which `remove` removes
   */
  static async start(
    flags: readonly string[] = [],
    folder = serverFolder(),
    busPort?: number,
  ): Promise<ValkeyServer> {
    const server = new ValkeyServer(folder, await freePort(), flags, busPort);
    await server.resume();
    return server;
  }

  /** Starts the server, or the one that was stopped; its keys are lost. */
  async resume(): Promise<void> {
    this.server = startServer('valkey-server', [
      ...['--bind', '127.0.0.1', '--port', String(this.port), '--dir', this.folder],
      ...['--save', '', '--appendonly', 'no', '--unixsocket', `${this.folder}/socket`],
      ...this.flags,
    ]);
    await until(() => this.send('PING'), this.server);
  }

  /** Sends a command as the default user, by the Unix socket. */
  async send(command: string, ...values: readonly string[]): Promise<unknown> {
    const client = new Redis({ path: `${this.folder}/socket`, lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await client.call(command, ...values);
    } finally {
      if (client.status !== 'end') client.disconnect();
    }
  }

  /** Sends a signal, such as SIGSTOP, after which the server hangs. */
  signal(signal: NodeJS.Signals): void {
    this.server?.process.kill(signal);
  }

  /** Ends the server like a crash. */
  async stop(): Promise<void> {
    await this.server?.stop('SIGKILL');
  }

  /** Ends the server and removes its files. */
  async remove(): Promise<void> {
    await this.stop();
    removeFolder(this.folder);
  }
}

/** A client of the tests and what it has told. */
export interface TestClient {
  readonly client: ValkeyClient;
  readonly failures: Error[];
}

/** Opens a client with short waits. */
export function openClient(props: Partial<ValkeyClientProps> & { readonly port: number }): TestClient {
  const failures: Error[] = [];
  const client = new ValkeyClient({
    host: '127.0.0.1',
    clusterMode: false,
    tls: false,
    login: undefined,
    maxRetriesPerRequest: 3,
    retryStepMs: 10,
    retryMaxMs: 100,
    offlineQueue: true,
    events: { connected: () => undefined, failed: (error) => failures.push(error) },
    ...props,
  });
  client.open();
  return { client, failures };
}

/** Waits until a client may send commands. */
export async function connected({ client, failures }: TestClient): Promise<void> {
  await until(async () => {
    if (!client.isConnected) throw new Error(`not connected: ${failures.at(-1)?.message}`);
  });
}
