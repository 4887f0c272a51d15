import type { FormatName } from '../formats/call-format';
import { ProviderConnection } from './connection';
import { decodedBody } from './decoded-body';
import type { ReceivedAnswer } from './exchange';
import { type Provider, type ProviderAnswer, type ProviderCall, ProviderError } from './provider';
import type { ProviderKeys } from './provider-keys';

/** Wire format family of a provider that is called with its own key. */
export type HttpProviderType = 'openai' | 'anthropic';

export interface HttpProviderProps {
  readonly name: string;
  readonly type: HttpProviderType;
  /** Address as the provider's own clients take it: `https://api.openai.com/v1`, `https://api.anthropic.com`. */
  readonly baseUrl: string;
  readonly keys: ProviderKeys;
  /** Most connections. */
  readonly maxConnections: number;
  /** Longest time to open a connection, ms. */
  readonly connectTimeoutMs: number;
}

/** Version of Anthropic's API for callers that name none; the only one there has been since 2023. */
const ANTHROPIC_VERSION = '2023-06-01';

const FORMATS: Readonly<Record<HttpProviderType, ReadonlySet<FormatName>>> = {
  openai: new Set(['openai-chat', 'openai-responses', 'openai-embeddings']),
  anthropic: new Set(['anthropic-messages']),
};

/** What the provider's own clients add to the base URL before the path of a format. */
const VERSION_PATHS: Readonly<Record<HttpProviderType, string>> = { openai: '', anthropic: '/v1' };

/** A provider that speaks OpenAI's or Anthropic's API itself: bodies go through as they are. */
export class HttpProvider implements Provider {
  readonly name: string;
  readonly countsTokens: boolean;
  private readonly connection: ProviderConnection;
  private readonly basePath: string;

  constructor(private readonly props: HttpProviderProps) {
    const { origin, pathname } = new URL(props.baseUrl);
    this.name = props.name;
    this.countsTokens = props.type === 'anthropic';
    this.basePath = pathname.replace(/\/$/, '') + VERSION_PATHS[props.type];
    this.connection = new ProviderConnection({ ...props, origin });
  }

  speaks(format: FormatName): boolean {
    return FORMATS[this.props.type].has(format);
  }

  /** @throws ProviderError, also where the answer is none of the API, such as a page of HTML or a redirect */
  async send(call: ProviderCall, signal: AbortSignal): Promise<ProviderAnswer> {
    const key = await this.props.keys.keyFor(this.name, call.projectId);
    const { format, body, bytes, model, stream } = call;
    const includeUsage = stream && !format.asksForUsage(body);
    const answer = await this.connection.post(
      {
        path: this.basePath + format.path,
        headers: { ...this.headersOf(call, key), ...call.headers },
        body: format.upstreamBody(bytes, body, { model, includeUsage }),
        ...{ firstByteMs: call.firstByteMs, silenceMs: call.silenceMs },
      },
      signal,
    );
    try {
      return this.readable(answer);
    } catch (error) {
      answer.cancel();
      throw error;
    }
  }

  renewKeys(): Promise<boolean> {
    return this.props.keys.renew();
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  /** @throws ProviderError where an answer is none of the API */
  private readable(answer: ReceivedAnswer): ProviderAnswer {
    const { status, headers } = answer;
    const contentType = (headers['content-type'] ?? '').trim().toLowerCase();
    const problem = problemOf(status, contentType);
    if (problem !== undefined)
      throw new ProviderError('malformed', `${this.name} answered ${status}${problem}`);
    return {
      ...answer,
      body: decodedBody(answer.body, headers['content-encoding'] ?? ''),
      isStream: contentType.startsWith('text/event-stream'),
    };
  }

  private headersOf({ stream, idempotencyKey }: ProviderCall, key: string | null): Record<string, string> {
    const shared = {
      'content-type': 'application/json',
      // Without it a server may choose any coding (RFC 9110, 12.5.3).
      'accept-encoding': 'identity',
      accept: stream ? 'text/event-stream' : 'application/json',
      'user-agent': 'llm-cost-ops',
      'idempotency-key': idempotencyKey,
    };
    // Without a key the provider itself says what is missing; a server of one's own may need none.
    if (this.props.type === 'openai') {
      return key === null ? shared : { ...shared, authorization: `Bearer ${key}` };
    }
    const version = { 'anthropic-version': ANTHROPIC_VERSION };
    return key === null ? { ...version, ...shared } : { ...version, ...shared, 'x-api-key': key };
  }
}

/** Why an answer cannot be one of the API, after its status; undefined where it may be one. */
function problemOf(status: number, contentType: string): string | undefined {
  if (status > 599) return ', which is no status of HTTP';
  // Following it could take the key and the prompt to another server.
  if (status >= 300 && status < 400) {
    return ', a redirect; calls go to the base URL of the configuration only: set the final address there';
  }
  // A proxy on the way answers in the provider's place, such as with a page to log in at.
  return status < 400 && contentType.startsWith('text/html') ? ' with a page of HTML' : undefined;
}
