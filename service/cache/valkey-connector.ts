import { connect as connectTcp, Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { AbstractConnector } from 'iovalkey';

/** How a connection logs in. */
export interface ValkeyLogin {
  /** Name of the user. */
  readonly user: string;
  /** Password for a log-in now. It is asked for each connection, because IAM tokens expire after 15 minutes. */
  password(): Promise<string>;
}

export interface ValkeyConnectorProps {
  /** TLS options; false connects without TLS. */
  readonly tls: ConnectionOptions | false;
  /** User of the connections; undefined: Valkey's default user, without a password. */
  readonly login: ValkeyLogin | undefined;
  /** Where each connection goes to. @default - where the client wants it to */
  readonly target?: () => ValkeyAddress;
}

/** Address of a server. */
export interface ValkeyAddress {
  readonly host: string;
  readonly port: number;
}

/** Longest time to open a connection and to log in, ms. */
const CONNECT_MS = 5000;

/** Time for an orderly end of a connection, after which it is destroyed, ms. */
const DISCONNECT_MS = 1000;

/** Message by which the client recognizes that it has closed the connection itself. */
const CLOSED = 'Connection is closed.';

/** Where the client wants a connection to. */
interface Target {
  readonly host?: string;
  readonly port?: number;
}

/**
 * Gives iovalkey connections that have logged in. iovalkey itself knows one password for all connections, which with
 * IAM tokens would be refused 15 minutes later.
 */
export function valkeyConnector({ tls, login, target }: ValkeyConnectorProps) {
  return class ValkeyConnector extends AbstractConnector {
    private readonly target: Target;

    constructor(options: unknown) {
      super(DISCONNECT_MS);
      this.target = options as Target;
    }

    /** A failed connection is a destroyed one: after a rejection the client would not try again. */
    override async connect(): Promise<Socket> {
      this.connecting = true;
      let socket: Socket | undefined;
      try {
        const password = await login?.password();
        if (!this.connecting) throw new Error(CLOSED);
        socket = this.open();
        this.stream = socket;
        await opened(socket, tls === false ? 'connect' : 'secureConnect');
        if (login !== undefined) await logIn(socket, login.user, String(password));
        return socket;
      } catch (error) {
        if (!this.connecting) throw new Error(CLOSED, { cause: error });
        this.firstError = error as Error;
        return (socket ?? new Socket()).destroy();
      }
    }

    /** Ends the connection; one that has ended needs no timer that destroys it. */
    override disconnect(): void {
      if (!this.stream?.destroyed) super.disconnect();
      this.connecting = false;
    }

    private open(): Socket {
      const { host = 'localhost', port = 6379 } = target?.() ?? this.target;
      const socket = tls === false ? connectTcp({ host, port }) : connectTls({ host, port, ...tls });
      // An error without a listener would end the process; steps and client listen only for a while each.
      return socket.on('error', () => undefined);
    }
  };
}

/** Waits until the connection is open. */
function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return settled(socket, (resolve) => socket.once(event, () => resolve()));
}

/** Sends `AUTH` and waits for its answer, before the client sees the connection. */
function logIn(socket: Socket, user: string, password: string): Promise<void> {
  return settled(socket, (resolve, reject) => {
    let answer = '';
    const read = (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (!answer.endsWith('\r\n')) return;
      socket.off('data', read);
      // Nothing may be lost between this reader and the client's.
      socket.pause();
      if (answer === '+OK\r\n') resolve();
      else reject(new Error(`Valkey refused the log-in of ${user}: ${answer.slice(1).trim()}`));
    };
    socket.on('data', read);
    socket.write(command('AUTH', user, password));
  });
}

/** A command in Valkey's protocol. */
function command(...words: readonly string[]): string {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${parts.join('')}`;
}

/** Result of a step of a connection; fails when the connection ends or takes too long. */
async function settled(
  socket: Socket,
  step: (resolve: () => void, reject: (error: Error) => void) => void,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let fail: (error?: Error) => void = () => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      fail = (error) => reject(error ?? new Error('Valkey closed the connection before the log-in'));
      timer = setTimeout(() => fail(new Error(`Valkey did not answer within ${CONNECT_MS} ms`)), CONNECT_MS);
      socket.once('error', fail);
      socket.once('close', fail);
      step(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    socket.off('error', fail);
    socket.off('close', fail);
  }
}
