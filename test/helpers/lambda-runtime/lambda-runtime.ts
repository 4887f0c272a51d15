import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** How an invocation ended. */
export interface Invocation {
  /** What the handler returned, or its error. */
  readonly result?: unknown;
  readonly error?: { readonly errorType: string; readonly errorMessage: string };
  readonly milliseconds: number;
  /** Most memory that the process has had so far. */
  readonly peakMebibytes: number;
}

interface Waiting {
  readonly event: unknown;
  readonly startMs: number;
  readonly done: (invocation: Invocation) => void;
}

/** A bundled handler in a process of its own under the Lambda Runtime API, on loopback. */
export class LambdaRuntime {
  /** What the function has written. */
  output = '';
  /** From the start of the process to its first request for an event: Node, bootstrap and all of the bundle. */
  initMilliseconds = Number.NaN;
  private readonly startMs = performance.now();
  private child: ChildProcess | undefined;
  private poll: ServerResponse | undefined;
  private waiting: Waiting | undefined;
  private requests = 0;
  private onReady: () => void = () => undefined;

  private constructor(private readonly server: Server) {}

  /** @param file bundle with `handler` */
  static async start(
    file: string,
    environment: Readonly<Record<string, string>>,
    timeoutMs = 240_000,
  ): Promise<LambdaRuntime> {
    const server = createServer();
    const runtime = new LambdaRuntime(server);
    server.on('request', (request, response) => void runtime.serve(request, response, timeoutMs));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const ready = new Promise<void>((resolve, reject) => {
      runtime.onReady = resolve;
      runtime.child = spawn(process.execPath, [join(__dirname, 'bootstrap.mjs')], {
        env: {
          PATH: process.env['PATH'],
          AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
          HANDLER_FILE: pathToFileURL(file).href,
          ...environment,
        },
      });
      runtime.child.once('exit', () => reject(new Error(`the function ended: ${runtime.output}`)));
    });
    for (const stream of [runtime.child?.stdout, runtime.child?.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        runtime.output += chunk.toString();
      });
    }
    await ready;
    return runtime;
  }

  /** One event at a time. */
  invoke(event: unknown): Promise<Invocation> {
    return new Promise((done) => {
      this.waiting = { event, startMs: performance.now(), done };
      this.deliver();
    });
  }

  async close(): Promise<void> {
    this.child?.kill();
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse, timeoutMs: number): Promise<void> {
    if (request.url?.endsWith('/invocation/next')) {
      if (this.requests === 0) this.initMilliseconds = performance.now() - this.startMs;
      this.requests += 1;
      response.setHeader('lambda-runtime-aws-request-id', `request-${this.requests}`);
      response.setHeader('lambda-runtime-deadline-ms', String(Date.now() + timeoutMs));
      this.poll = response;
      this.onReady();
      this.deliver();
      return;
    }
    const milliseconds = performance.now() - (this.waiting?.startMs ?? 0);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = JSON.parse(Buffer.concat(chunks).toString());
    response.statusCode = 202;
    response.end();
    const peakMebibytes = Number(request.headers['x-peak-kilobytes']) / 1024;
    const outcome = request.url?.endsWith('/error') ? { error: answer } : { result: answer };
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.done({ ...outcome, milliseconds, peakMebibytes });
  }

  private deliver(): void {
    if (!this.poll || !this.waiting) return;
    this.poll.end(JSON.stringify(this.waiting.event));
    this.poll = undefined;
  }
}
