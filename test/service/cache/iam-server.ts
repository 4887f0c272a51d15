import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { refusal } from './token-checker';

/** The cache that the server stands for, and the only user that may log in. */
export const IAM_CACHE = {
  cacheName: 'llm-cost-ops-dev',
  user: 'llm-cost-ops-dev-api',
  region: 'us-east-1',
} as const;

/** Credentials whose tokens the server accepts. */
export const IAM_CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' } as const;

/** A stand-in for ElastiCache with IAM: it checks tokens as AWS does, and answers any other command with OK. */
export class IamServer {
  /** Tokens of all log-ins, also of refused ones. */
  readonly tokens: string[] = [];
  private readonly sockets: Socket[] = [];
  private time = Date.parse('2026-11-27T12:00:00Z');
  private readonly server: Server = createServer((socket) => this.serve(socket));

  static async start(): Promise<IamServer> {
    const server = new IamServer();
    await new Promise<void>((resolve) => server.server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Time of the server and of those who sign tokens for it. */
  now(): Date {
    return new Date(this.time);
  }

  advance(milliseconds: number): void {
    this.time += milliseconds;
  }

  dropConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.dropConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(socket: Socket): void {
    this.sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      // A command is "*<words>", then "$<bytes>" and the text of each word; the loopback interface splits none.
      for (const command of String(chunk)
        .split(/^\*\d+\r\n/m)
        .slice(1)) {
        const words = command.split('\r\n').filter((_, index) => index % 2 === 1);
        socket.write(this.answer(words));
      }
    });
  }

  private answer([command, user = '', token = '']: readonly string[]): string {
    if (command?.toUpperCase() !== 'AUTH') return '+OK\r\n';
    this.tokens.push(token);
    const reason = refusal({
      token,
      host: IAM_CACHE.cacheName,
      user: IAM_CACHE.user,
      region: IAM_CACHE.region,
      secrets: { [IAM_CREDENTIALS.accessKeyId]: IAM_CREDENTIALS.secretAccessKey },
      now: this.now(),
    });
    return user === IAM_CACHE.user && reason === undefined ? '+OK\r\n' : `-WRONGPASS ${reason}\r\n`;
  }
}
