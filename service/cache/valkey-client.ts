import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import { Cluster, Redis } from 'iovalkey';
import { type ValkeyLogin, valkeyConnector } from './valkey-connector';

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

/** Longest wait for the end of the connections, ms. */
const CLOSE_MS = 2000;

/**
 * A client of Valkey, for a cluster or one server. A lost connection never ends it: it connects again until `close`,
 * and logs in with a new token.
 */
export class ValkeyClient {
  private readonly client: Redis | Cluster;

  /** Does not connect yet. */
  constructor(props: ValkeyClientProps) {
    this.client = props.clusterMode ? clusterClient(props) : serverClient(props);
    const { events } = props;
    this.client.on('ready', () => events.connected(true));
    this.client.on('close', () => events.connected(false));
    this.client.on('error', (error: Error) => events.failed(error));
    this.client.on('node error', (error: Error) => events.failed(error));
  }

  /** Whether a command would be sent at once. */
  get isConnected(): boolean {
    return this.client.status === 'ready';
  }

  /** Begins to connect; `ValkeyEvents` tells the outcome. */
  open(): void {
    // The first failure is an event too.
    this.client.connect().catch(() => undefined);
  }

  /**
   * Runs a Lua script.
   * @param key the only key that the script uses
   * @returns numbers, texts and lists, as the script returns them
   */
  evaluate(script: string, key: string, ...values: readonly (string | number)[]): Promise<unknown> {
    return this.client.eval(script, 1, key, ...values);
  }

  /** Closes the connections. Commands that wait for an answer fail. */
  async close(): Promise<void> {
    const { client } = this;
    // Between two attempts there is no connection whose end would be an event.
    const isOpen = client.status !== 'end' && client.status !== 'reconnecting';
    const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
    client.disconnect();
    if (isOpen) await Promise.race([ended, sleep(CLOSE_MS, undefined, { ref: false })]);
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
  return { Connector: valkeyConnector({ tls, login }), socketTimeout: SILENCE_MS };
}

function retryDelay({ retryStepMs, retryMaxMs }: ValkeyClientProps): (attempt: number) => number {
  return (attempt) => Math.min(attempt * retryStepMs, retryMaxMs);
}
