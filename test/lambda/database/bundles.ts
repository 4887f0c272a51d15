import { spawn } from 'node:child_process';
import { cpSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { ROOT } from '../../helpers/commands';

/** Bundles a handler as it is deployed, with its SQL beside it; the files that are in it. */
export function bundle(folder: string, name: string, alias: Record<string, string> = {}): string[] {
  const { metafile } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: [`lambda/database/${name}/handler.ts`],
    outfile: join(folder, `${name}.mjs`),
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    metafile: true,
    alias,
    banner: {
      js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
    },
  });
  cpSync(join(ROOT, 'lambda/database/migrations'), join(folder, 'migrations'), { recursive: true });
  return Object.keys(metafile.inputs);
}

/** Runs a bundled handler as Lambda would, in a process of its own; what it wrote, its error's message last. */
export function invoke(
  folder: string,
  name: string,
  environment: Readonly<Record<string, string>>,
  event: object = {},
): Promise<string> {
  const script = `
    const { handler } = await import(${JSON.stringify(join(folder, `${name}.mjs`))});
    await handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 60000 })
      .catch((error) => process.stdout.write(error.message));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { PATH: process.env['PATH'], LAMBDA_TASK_ROOT: folder, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve) => child.once('close', () => resolve(output)));
}

/** Credentials of a function. */
export const CREDENTIALS = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'token',
};

/** Servers of a test: their ports, and their end. */
export class Servers {
  private readonly open: Server[] = [];
  /** Answers that CloudFormation was given. */
  readonly answers: { Status: string; Reason?: string }[] = [];

  async listen(server: Server): Promise<number> {
    this.open.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  /** Secrets Manager that holds this secret. */
  async secretsManager(secret: object): Promise<string> {
    const port = await this.http((request, response) => {
      request.resume();
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(JSON.stringify({ SecretString: JSON.stringify(secret) }));
    });
    return `http://127.0.0.1:${port}`;
  }

  /** Address where CloudFormation takes answers. */
  async cloudFormation(): Promise<string> {
    const port = await this.http((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        this.answers.push(JSON.parse(body));
        response.end();
      });
    });
    return `http://127.0.0.1:${port}/answer`;
  }

  close(): void {
    for (const server of this.open.splice(0)) server.close();
  }

  private http(listener: RequestListener): Promise<number> {
    return this.listen(createServer(listener));
  }
}
