import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net';
import type { Server } from './server-types';

/** Where a server listens. */
export interface ListenProps {
  /** 0: a free one. */
  readonly port: number;
  readonly host: string;
}

/** A server that listens. */
export interface Listeners {
  readonly port: number;
  /** Takes no more connections. Resolves when those that are open have ended. */
  close(): Promise<void>;
}

/**
 * Sockets that listen on the one port. libuv accepts one connection of a socket in each turn of the event loop
 * (libuv pull request 3696, in Node since version 20.3). So a pod with turns of 25 ms, which is busy but not slow, would
 * take 40 new connections a second, and all others, probes included, would time out without ever being seen. With 64
 * sockets it takes 2,500. An idle socket costs a file descriptor.
 */
const SOCKETS = 64;

/** Node shares a port among sockets of one process there; elsewhere one socket has to do. */
const SHARES_PORTS = process.platform === 'linux';

/**
 * Lets a server listen so that it accepts many connections in each turn of the event loop.
 * @throws the system's error, such as EADDRINUSE
 */
export async function listen(app: Server, { port, host }: ListenProps): Promise<Listeners> {
  if (!SHARES_PORTS) {
    await app.listen({ port, host });
    return { port: portOf(app.server), close: async () => undefined };
  }
  // Sockets that share ports do not notice each other.
  if (port !== 0) await requireFree({ port, host });
  await app.listen({ port, host, reusePort: true } as ListenProps);
  const own = portOf(app.server);
  const others: NetServer[] = [];
  try {
    while (others.length < SOCKETS - 1) others.push(await openSocket(app.server, { port: own, host }));
  } catch (error) {
    for (const other of others) other.close();
    await app.close();
    throw error;
  }
  return { port: own, close: () => closeAll(others) };
}

/** A socket whose connections are those of the HTTP server. */
async function openSocket(server: HttpServer, { port, host }: ListenProps): Promise<NetServer> {
  // As an HTTP server has its sockets.
  const other = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    // Errors of a connection are told to the server that it names.
    Object.assign(socket, { server });
    server.emit('connection', socket satisfies Socket);
  });
  other.listen({ port, host, reusePort: true });
  await once(other, 'listening');
  return other;
}

async function requireFree({ port, host }: ListenProps): Promise<void> {
  const probe = createServer();
  probe.listen({ port, host });
  await once(probe, 'listening');
  await closeAll([probe]);
}

async function closeAll(servers: readonly NetServer[]): Promise<void> {
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
        }),
    ),
  );
}

function portOf(server: HttpServer): number {
  return (server.address() as AddressInfo).port;
}
