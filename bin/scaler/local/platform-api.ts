import { Agent, request } from 'node:https';

/** Longest call, ms: both are on one machine. */
const CALL_MS = 5000;

/** Largest answer, bytes; 15 days of minutes are some 1,000,000. */
const MAX_ANSWER_BYTES = 4_000_000;

export interface PlatformApiProps {
  /** Origin, https. */
  readonly endpoint: string;
  readonly token: string;
  /** PEM. */
  readonly certificateAuthority: string;
}

/** Calls what the platform's API has beside HPAs. */
export class PlatformApi {
  private readonly agent: Agent;

  constructor(private readonly props: PlatformApiProps) {
    this.agent = new Agent({ ca: props.certificateAuthority, keepAlive: true, maxSockets: 2 });
  }

  /** @returns the JSON of the answer @throws Error where the call fails, or has another status than 200 */
  async call(method: 'GET' | 'PUT', path: string, body?: unknown): Promise<unknown> {
    const { status, text } = await this.send(method, path, body === undefined ? '' : JSON.stringify(body));
    if (status !== 200) throw new Error(`${method} ${path} answered ${status}: ${text.slice(0, 500)}`);
    return JSON.parse(text);
  }

  close(): void {
    this.agent.destroy();
  }

  private send(method: string, path: string, body: string): Promise<{ status: number; text: string }> {
    const { endpoint, token } = this.props;
    const headers = { authorization: `Bearer ${token}`, 'content-length': Buffer.byteLength(body) };
    const options = { method, headers, agent: this.agent, signal: AbortSignal.timeout(CALL_MS) };
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, endpoint), options, (answer) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > MAX_ANSWER_BYTES) answer.destroy(new RangeError('the answer is too large'));
        });
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}
