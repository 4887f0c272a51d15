import type { PlannedRequest } from '../../../test/load/client.ts';
import { Connection, type OnAnswer, type Server } from './connection';

/** Sends a request; `onAnswer` is called once, when it is answered, has failed or has timed out. */
export type Send = (request: PlannedRequest, onAnswer: OnAnswer) => void;

/**
 * Sends requests over keep-alive connections: on one that is free, the last used first, or on a new one. So there are as
 * many connections as requests under way at most, and a slow server meets no queue in the generator.
 */
export class Sender {
  private readonly server: Server;
  private readonly free: Connection[] = [];
  private readonly open = new Set<Connection>();
  private most = 0;

  /** @param now time of a clock that only goes forward, ms */
  constructor(
    origin: string,
    private readonly now: () => number,
  ) {
    const { hostname, port } = new URL(origin);
    this.server = { origin, host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || 80) };
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.open.size;
  }

  /** Most connections that were open at a time. */
  get mostConnections(): number {
    return this.most;
  }

  readonly send: Send = (request, onAnswer) => {
    const connection = this.free.pop() ?? this.connect((freed) => this.release(freed));
    if (connection.isOpen) connection.send(request, onAnswer);
    else this.send(request, onAnswer);
  };

  /** Opens a connection of a user's own, which is kept between requests, and opened again if the server ends it. */
  readonly user = (): Send => {
    let connection = this.connect(() => undefined);
    return (request, onAnswer) => {
      if (!connection.isOpen) connection = this.connect(() => undefined);
      connection.send(request, onAnswer);
    };
  };

  close(): void {
    for (const connection of this.open) connection.close();
  }

  private connect(onFree: (connection: Connection) => void): Connection {
    const connection = new Connection(this.server, this.now, (freed) => {
      if (!freed.isOpen) this.open.delete(freed);
      onFree(freed);
    });
    this.open.add(connection);
    this.most = Math.max(this.most, this.open.size);
    return connection;
  }

  private release(connection: Connection): void {
    if (connection.isOpen) this.free.push(connection);
  }
}
