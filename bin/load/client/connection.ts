import { connect, type Socket } from 'node:net';
import type { Answer, PlannedRequest } from '../../../test/load/client.ts';
import { ResponseReader } from './response-reader';

/** An answer with its time. */
export interface TimedAnswer {
  /** What the server answered; status 0 where nothing came. */
  readonly answer: Answer;
  /** From the request to the end of the answer, ms; 0 for a connection that was refused or cut. */
  readonly milliseconds: number;
}

export type OnAnswer = (answer: TimedAnswer) => void;

/** Where requests are sent. */
export interface Server {
  /** Such as http://127.0.0.1:8080. */
  readonly origin: string;
  readonly host: string;
  readonly port: number;
}

/** All connections read into the same bytes: each read is used up before the next one. */
const READ_BUFFER = Buffer.allocUnsafe(65_536);

const NO_ANSWER: Answer = { status: 0, timedOut: false, body: '', headers: {} };

interface Flight {
  readonly startMs: number;
  readonly timer: NodeJS.Timeout;
  readonly onAnswer: OnAnswer;
}

/** A keep-alive connection, which carries one request at a time and never repeats one. */
export class Connection {
  /** Whether it is open, or opening. */
  isOpen = true;
  private readonly socket: Socket;
  private readonly reader = new ResponseReader();
  private flight: Flight | undefined;

  /** @param onFree called when a request has ended and the connection may carry another, or when it has closed */
  constructor(
    private readonly server: Server,
    private readonly now: () => number,
    private readonly onFree: (connection: Connection) => void,
  ) {
    this.socket = connect({
      host: server.host,
      port: server.port,
      noDelay: true,
      onread: { buffer: READ_BUFFER, callback: (count) => this.read(count) },
    });
    this.socket.on('error', () => this.close());
    this.socket.on('end', () => {
      if (this.flight !== undefined && this.reader.end()) this.complete();
      this.close();
    });
    this.socket.on('close', () => this.close());
  }

  send(request: PlannedRequest, onAnswer: OnAnswer): void {
    const { timeoutMs } = request;
    const timer = setTimeout(() => {
      this.close({ answer: { ...NO_ANSWER, timedOut: true }, milliseconds: timeoutMs });
    }, timeoutMs);
    this.flight = { startMs: this.now(), timer, onAnswer };
    this.reader.begin(request.readsBody);
    this.socket.write(textOf(request, this.server));
  }

  /** Ends the connection. @param answer what becomes of the request that it carries */
  close(answer: TimedAnswer = { answer: NO_ANSWER, milliseconds: 0 }): void {
    const wasOpen = this.isOpen;
    this.isOpen = false;
    this.socket.destroy();
    if (this.flight !== undefined) this.end(answer);
    else if (wasOpen) this.onFree(this);
  }

  private read(count: number): boolean {
    try {
      if (this.flight === undefined) this.close();
      else if (this.reader.push(READ_BUFFER.subarray(0, count))) this.complete();
    } catch {
      this.close();
    }
    return true;
  }

  private complete(): void {
    const { status, headers, text } = this.reader;
    const startMs = this.flight?.startMs ?? Number.NaN;
    if (this.isOpen && !this.reader.isReusable) {
      this.isOpen = false;
      this.socket.destroy();
    }
    this.end({
      answer: { status, timedOut: false, body: text, headers },
      milliseconds: this.now() - startMs,
    });
  }

  /** The connection is free before the answer is told: who then sends the next request finds it. */
  private end(answer: TimedAnswer): void {
    const { flight } = this;
    if (flight === undefined) return;
    this.flight = undefined;
    clearTimeout(flight.timer);
    this.onFree(this);
    flight.onAnswer(answer);
  }
}

/** A request as it goes over the wire. */
function textOf({ entry, url, headers, body }: PlannedRequest, { origin, host, port }: Server): string {
  let text = `${entry.method} ${url.slice(origin.length)} HTTP/1.1\r\nHost: ${host}:${port}\r\n`;
  for (const name in headers) text += `${name}: ${headers[name]}\r\n`;
  if (body !== null) text += `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  else if (entry.method !== 'GET') text += 'Content-Length: 0\r\n';
  return `${text}\r\n${body ?? ''}`;
}
