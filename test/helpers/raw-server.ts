import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** Writes an answer, byte for byte, to a connection on which a whole request has come. */
export type RawAnswer = (socket: Socket) => void;

/** A server that answers whatever a test writes, also what is no HTTP. Requests have a content-length. */
export class RawServer {
  /** The begin of each request, to the end of its headers. */
  readonly heads: string[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((socket) => this.take(socket));

  /** @param answer what the request with this body gets */
  constructor(private readonly answer: (body: string) => RawAnswer) {}

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async listen(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }

  private take(socket: Socket): void {
    let received = '';
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.setEncoding('latin1').on('data', (text) => {
      received += text;
      const end = received.indexOf('\r\n\r\n') + 4;
      const [, length = '0'] = /content-length: (\d+)/i.exec(received) ?? [];
      if (end < 4 || received.length < end + Number(length)) return;
      this.heads.push(received.slice(0, end));
      const body = received.slice(end);
      received = '';
      this.answer(body)(socket);
    });
  }
}

/** An answer of HTTP with its length. */
export function rawAnswer(
  body: string | Buffer,
  { status = '200 OK', headers = {} }: { status?: string; headers?: Record<string, string> } = {},
): RawAnswer {
  const bytes = Buffer.from(body as string);
  const lines = Object.entries({
    'content-type': 'application/json',
    'content-length': String(bytes.length),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return (socket) => {
    socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`), bytes]));
  };
}
