import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** A request as it came in. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Whether the client showed a certificate that the server trusts. */
  readonly hasClientCertificate: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What goes wrong with a request. */
export type Fault =
  /** Another answer instead of the right one; the request has no effect. */
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** No answer at all; the request has no effect. */
  | { readonly kind: 'hang' }
  /** The connection breaks before the answer; the request has no effect. */
  | { readonly kind: 'drop' }
  /** The request has its effect, and the connection breaks in the middle of the answer. */
  | { readonly kind: 'cut' }
  /** The request has its effect, and the answer stops in the middle, for ever. */
  | { readonly kind: 'stall' };

/** HTTP(S) on loopback around what answers, with a switch for faults and a log of requests. */
export class FaultServer {
  readonly requests: ReceivedRequest[] = [];
  /** Connections that were made. */
  connections = 0;
  private readonly faults: Fault[] = [];
  private readonly standing: { applies: (request: ReceivedRequest) => boolean; fault: Fault }[] = [];
  private readonly server: ReturnType<typeof createServer> | ReturnType<typeof createSecureServer>;

  constructor(
    private readonly answer: (request: ReceivedRequest) => Answer,
    private readonly tls?: ServerOptions,
  ) {
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      void this.serve(request, response);
    };
    this.server = tls ? createSecureServer(tls, listener) : createServer(listener);
    this.server.on(tls ? 'secureConnection' : 'connection', () => {
      this.connections += 1;
    });
  }

  /** Address once it listens. */
  get url(): string {
    const { port } = this.server.address() as AddressInfo;
    return `${this.tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  /** Faults of the next requests that have none yet. */
  failNext(fault: Fault, times = 1): void {
    for (let count = 0; count < times; count += 1) this.faults.push(fault);
  }

  /** Fault of every request of a kind, until the next reset. */
  failWhere(applies: (request: ReceivedRequest) => boolean, fault: Fault): void {
    this.standing.push({ applies, fault });
  }

  /** Forgets the requests, the connections and the faults. */
  reset(): void {
    this.requests.length = 0;
    this.faults.length = 0;
    this.standing.length = 0;
    this.connections = 0;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const url = new URL(incoming.url ?? '/', this.url);
    const request: ReceivedRequest = {
      method: incoming.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      body: Buffer.concat(chunks),
      hasClientCertificate: (incoming.socket as Partial<TLSSocket>).authorized === true,
    };
    this.requests.push(request);
    const fault = this.faults.shift() ?? this.standing.find(({ applies }) => applies(request))?.fault;
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'drop') {
      incoming.socket.destroy();
      return;
    }
    const { status, headers, body = '' } = fault?.kind === 'answer' ? fault.answer : this.answer(request);
    const bytes = Buffer.from(body);
    const isBroken = fault?.kind === 'cut' || fault?.kind === 'stall';
    const length = isBroken ? Math.max(2, bytes.length) : bytes.length;
    response.writeHead(status, { ...headers, 'content-length': length });
    if (!isBroken) {
      response.end(bytes);
      return;
    }
    response.write(bytes.subarray(0, Math.floor(length / 2)), () => {
      if (fault.kind === 'cut') incoming.socket.destroy();
    });
  }
}
