import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Follows the connections of a server.
 * @returns closes the connections without a request under way. Node's `closeIdleConnections` leaves those open that
 * have not sent anything yet, as load balancers and clients open them in advance; they would hold up the end of a pod.
 */
export function idleConnections(server: Server): () => void {
  const requests = new Map<Socket, number>();
  const count = (socket: Socket, change: number) => {
    const under = requests.get(socket);
    if (under !== undefined) requests.set(socket, under + change);
  };
  server.on('connection', (socket: Socket) => {
    requests.set(socket, 0);
    socket.once('close', () => requests.delete(socket));
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    count(socket, 1);
    response.once('close', () => count(socket, -1));
  });
  return () => {
    for (const [socket, under] of requests) if (under === 0) socket.destroy();
  };
}
