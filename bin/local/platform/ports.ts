import { createServer } from 'node:net';
import { freePort } from '../../db/temporary-database';

/** Ports that people can remember. */
const USUAL = {
  api: 8080,
  admin: 8081,
  metrics: 9464,
  provider: 4010,
  database: 54_330,
  cache: 6379,
} as const;

export type PortName = keyof typeof USUAL;

/** Chooses ports of 127.0.0.1, none twice. */
export class Ports {
  private readonly given = new Set<number>();

  /** @param kind `usual` ports where they are not taken, else any free ones */
  constructor(private readonly kind: 'usual' | 'free') {}

  /** The port of a part. */
  async of(name: PortName): Promise<number> {
    const usual = USUAL[name];
    if (this.kind === 'free' || this.given.has(usual) || !(await isFree(usual))) return this.free();
    this.given.add(usual);
    return usual;
  }

  /** Any free port. */
  async free(): Promise<number> {
    const port = await freePort();
    if (this.given.has(port)) return this.free();
    this.given.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
