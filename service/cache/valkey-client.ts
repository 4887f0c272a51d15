import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import { Cluster, Redis } from 'iovalkey';
import { ConnectionHealth } from './connection-health';
import { type ValkeyAddress, type ValkeyLogin, valkeyConnector } from './valkey-connector';

export interface ValkeyClientProps {
  /** Host of the server, or of the cluster's configuration endpoint. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** Whether the host is a cluster's, whose nodes share the keys. */
  readonly clusterMode: boolean;
  /** TLS options; false connects without TLS. */
  readonly tls: ConnectionOptions | false;
  /** User of the connections; undefined: Valkey's default user, without a password. */
  readonly login: ValkeyLogin | undefined;
  /** Attempts to send a command again after its connection was lost. */
  readonly maxRetriesPerRequest: number;
  /** Wait before the first new attempt to connect, ms; each further one waits this much longer. */
  readonly retryStepMs: number;
  /** Longest wait before a new attempt to connect, ms. */
  readonly retryMaxMs: number;
  /** Whether commands wait while there is no connection. */
  readonly offlineQueue: boolean;
  readonly events: ValkeyEvents;
  /** Time without a connection or an answer after which the client is replaced, ms. @default 15000 */
  readonly replaceMs?: number;
}

/** What a client tells about its connection. */
export interface ValkeyEvents {
  /** The client may send commands from now on, or no longer. */
  connected(isConnected: boolean): void;
  /** A connection failed or broke. The client connects again by itself. */
  failed(error: Error): void;
}

/** Longest silence of a node that has to answer a command, ms. The connection is then replaced. */
const SILENCE_MS = 2000;

/** Time between two reads of the cluster's topology, ms; `MOVED` tells of changes at once. Each read logs in. */
const TOPOLOGY_MS = 60_000;

/** Longest time of such a read, ms. */
const TOPOLOGY_TIMEOUT_MS = 5000;

/** Time without a connection or an answer after which the client is replaced, ms; failovers take some seconds. */
const REPLACE_MS = 15_000;

/** Longest wait for the end of the connections, ms. */
const CLOSE_MS = 2000;

/**
 * A client of Valkey, for a cluster or one server. A lost connection never ends it: it connects again until `close`,
 * and logs in with a new token. Where it does not recover by itself, such as with the addresses of a cluster whose nodes
 * have all been replaced, it is replaced by a new one that asks the configuration endpoint.
 */
export class ValkeyClient {
  private client: Redis | Cluster;
  private readonly health: ConnectionHealth;
  private supervisor: NodeJS.Timeout | undefined;

  /** Does not connect yet. */
  constructor(private readonly props: ValkeyClientProps) {
    this.health = new ConnectionHealth(props.replaceMs ?? REPLACE_MS);
    this.client = this.build();
  }

  /** Whether a command would be sent at once. */
  get isConnected(): boolean {
    return this.client.status === 'ready';
  }

  /** Known nodes, and the host that the client began with. */
  get addresses(): readonly ValkeyAddress[] {
    const { host, port } = this.props;
    const nodes = this.client instanceof Cluster ? this.client.nodes('all') : [];
    return [
      ...nodes.map(({ options }) => ({ host: String(options.host), port: Number(options.port) })),
      { host, port },
    ];
  }

  /** Begins to connect; `ValkeyEvents` tells the outcome. */
  open(): void {
    this.connect();
    const everyMs = (this.props.replaceMs ?? REPLACE_MS) / 4;
    this.supervisor = setInterval(() => this.supervise(), everyMs).unref();
  }

  /** Sends a command. @returns its answer: a number, text, list or null */
  command(name: string, ...values: readonly (string | number)[]): Promise<unknown> {
    return this.observed(this.client.call(name, ...values));
  }

  /**
   * Runs a Lua script.
   * @param keys the keys that the script uses, all on one node
   * @returns numbers, texts and lists, as the script returns them
   */
  evaluate(
    script: string,
    keys: string | readonly string[],
    ...values: readonly (string | number)[]
  ): Promise<unknown> {
    const names = typeof keys === 'string' ? [keys] : keys;
    return this.observed(this.client.eval(script, names.length, ...names, ...values));
  }

  /** Closes the connections. Commands that wait for an answer fail. */
  async close(): Promise<void> {
    const { client } = this;
    clearInterval(this.supervisor);
    // Between two attempts there is no connection whose end would be an event.
    const isOpen = client.status !== 'end' && client.status !== 'reconnecting';
    const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
    client.disconnect();
    if (isOpen) await Promise.race([ended, sleep(CLOSE_MS, undefined, { ref: false })]);
  }

  private build(): Redis | Cluster {
    const { events, clusterMode } = this.props;
    const client = clusterMode ? clusterClient(this.props) : serverClient(this.props);
    const connected = (isConnected: boolean) => {
      // What a replaced client still tells is of no interest.
      if (this.client !== client) return;
      this.health.noteConnection(isConnected);
      events.connected(isConnected);
    };
    client.on('ready', () => connected(true));
    client.on('close', () => connected(false));
    client.on('error', (error: Error) => this.client === client && events.failed(error));
    client.on('node error', (error: Error) => this.client === client && events.failed(error));
    return client;
  }

  private connect(): void {
    // The first failure is an event too.
    this.client.connect().catch(() => undefined);
  }

  private supervise(): void {
    if (this.health.isHealthy()) return;
    const former = this.client;
    this.props.events.failed(new Error('the client of Valkey does not recover: it is replaced by a new one'));
    this.health.reset();
    this.client = this.build();
    former.disconnect();
    this.connect();
  }

  private async observed(answer: Promise<unknown>): Promise<unknown> {
    try {
      const value = await answer;
      this.health.noteAnswer(true);
      return value;
    } catch (error) {
      this.health.noteAnswer(false);
      throw error;
    }
  }
}

function serverClient(props: ValkeyClientProps): Redis {
  const { host, port, offlineQueue, maxRetriesPerRequest } = props;
  return new Redis({
    ...connectionOptions(props),
    host,
    port,
    lazyConnect: true,
    enableOfflineQueue: offlineQueue,
    maxRetriesPerRequest,
    retryStrategy: retryDelay(props),
  });
}

function clusterClient(props: ValkeyClientProps): Cluster {
  const { host, port, offlineQueue, maxRetriesPerRequest } = props;
  return new Cluster([{ host, port }], {
    lazyConnect: true,
    enableOfflineQueue: offlineQueue,
    // Nodes answer with MOVED after a failover, so a command needs at least one redirection.
    maxRedirections: Math.max(1, maxRetriesPerRequest),
    clusterRetryStrategy: retryDelay(props),
    slotsRefreshInterval: TOPOLOGY_MS,
    slotsRefreshTimeout: TOPOLOGY_TIMEOUT_MS,
    // Certificates are for names, so the client must not connect to an address that it looked up.
    dnsLookup: (name, found) => found(null, name),
    redisOptions: { ...connectionOptions(props), maxRetriesPerRequest },
  });
}

function connectionOptions({ tls, login }: ValkeyClientProps) {
  // Commands of one turn of the event loop share a write.
  return {
    Connector: valkeyConnector({ tls, login }),
    socketTimeout: SILENCE_MS,
    enableAutoPipelining: true,
  };
}

function retryDelay({ retryStepMs, retryMaxMs }: ValkeyClientProps): (attempt: number) => number {
  return (attempt) => Math.min(attempt * retryStepMs, retryMaxMs);
}
