import { randomUUID } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import { Redis } from 'iovalkey';
import type { ValkeyClient } from '../valkey-client';
import { type ValkeyAddress, type ValkeyLogin, valkeyConnector } from '../valkey-connector';
import type { MessageListener, SharedMessages } from './shared-cache';

export interface ValkeyMessagesProps {
  /** Knows the nodes, and sends the heartbeat. */
  readonly client: Pick<ValkeyClient, 'addresses' | 'command' | 'isConnected'>;
  /** TLS options; false connects without TLS. */
  readonly tls: ConnectionOptions | false;
  readonly login: ValkeyLogin | undefined;
  /** Wait before the first new attempt to connect, ms; each further one waits this much longer. */
  readonly retryStepMs: number;
  /** Longest wait before a new attempt to connect, ms. */
  readonly retryMaxMs: number;
  /** Learns of failures; the connection is made again by itself. */
  readonly onFailure: (error: Error) => void;
  /** Time between two heartbeats, ms. @default 5000 */
  readonly heartbeatMs?: number;
}

/** Longest silence of a node that has to answer a command, ms. */
const SILENCE_MS = 2000;

/** Heartbeats in a row that may be missing. */
const MOST_MISSING = 2;

/**
 * Hears channels of Valkey over a connection of its own. Classic channels reach all nodes of a cluster, so any node will
 * do; each new connection takes the next one. The pod sends itself a heartbeat through the cluster: a node that is cut
 * off from the others keeps its connections and would never be noticed otherwise.
 */
export class ValkeyMessages implements SharedMessages {
  private readonly listeners = new Map<string, Set<MessageListener>>();
  private readonly gapListeners: (() => void)[] = [];
  private readonly heartbeat = `heartbeat:${randomUUID()}`;
  private readonly connection: Redis;
  private timer: NodeJS.Timeout | undefined;
  private attempts = 0;
  private missing = 0;

  /** Does not connect yet. */
  constructor(private readonly props: ValkeyMessagesProps) {
    const { tls, login, retryStepMs, retryMaxMs } = props;
    this.connection = new Redis({
      Connector: valkeyConnector({ tls, login, target: () => this.nextAddress() }),
      lazyConnect: true,
      enableReadyCheck: false,
      enableOfflineQueue: false,
      autoResubscribe: false,
      socketTimeout: SILENCE_MS,
      retryStrategy: (attempt) => Math.min(attempt * retryStepMs, retryMaxMs),
    });
    this.connection.on('error', (error: Error) => props.onFailure(error));
    this.connection.on('ready', () => void this.listen());
    this.connection.on('message', (channel: string, message: string) => this.hear(channel, message));
  }

  /** Begins to connect. */
  open(): void {
    this.connection.connect().catch(() => undefined);
    this.timer = setInterval(() => this.beat(), this.props.heartbeatMs ?? 5000).unref();
  }

  subscribe(channel: string, listener: MessageListener): () => void {
    const listeners = this.listeners.get(channel) ?? new Set();
    if (listeners.size === 0) this.send('SUBSCRIBE', channel);
    this.listeners.set(channel, listeners.add(listener));
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0) return;
      this.listeners.delete(channel);
      this.send('UNSUBSCRIBE', channel);
    };
  }

  onGap(listener: () => void): void {
    this.gapListeners.push(listener);
  }

  /** Closes the connection. */
  close(): void {
    clearInterval(this.timer);
    this.connection.disconnect();
  }

  private async listen(): Promise<void> {
    try {
      await this.connection.subscribe(this.heartbeat, ...this.listeners.keys());
      this.missing = 0;
      for (const listener of this.gapListeners) listener();
    } catch (error) {
      this.props.onFailure(error as Error);
      this.connection.disconnect(true);
    }
  }

  /** A channel that cannot be heard now is heard from the next connection on. */
  private send(command: 'SUBSCRIBE' | 'UNSUBSCRIBE', channel: string): void {
    if (this.connection.status !== 'ready') return;
    const sent =
      command === 'SUBSCRIBE' ? this.connection.subscribe(channel) : this.connection.unsubscribe(channel);
    sent.catch(() => this.connection.disconnect(true));
  }

  private hear(channel: string, message: string): void {
    if (channel === this.heartbeat) this.missing = 0;
    for (const listener of this.listeners.get(channel) ?? []) listener(message);
  }

  private beat(): void {
    const { client, onFailure } = this.props;
    if (this.connection.status !== 'ready' || !client.isConnected) return;
    if (this.missing >= MOST_MISSING) {
      this.missing = 0;
      onFailure(new Error('messages of Valkey no longer arrive: another node is taken'));
      this.connection.disconnect(true);
      return;
    }
    client.command('PUBLISH', this.heartbeat, '').then(
      () => {
        this.missing += 1;
      },
      () => undefined,
    );
  }

  private nextAddress(): ValkeyAddress {
    const { addresses } = this.props.client;
    const address = addresses[this.attempts % addresses.length] as ValkeyAddress;
    this.attempts += 1;
    return address;
  }
}
