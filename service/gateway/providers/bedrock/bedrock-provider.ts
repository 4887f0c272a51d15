import type { SigningCredentials } from '../../../shared/signed-token';
import type { FormatName } from '../../formats/call-format';
import { parseObject } from '../../formats/json';
import { ProviderConnection } from '../connection';
import type { ReceivedAnswer } from '../exchange';
import { type Provider, type ProviderAnswer, type ProviderCall, ProviderError } from '../provider';
import type { AnswerContext, BedrockApi } from './bedrock-api';
import { refusalFailure } from './bedrock-errors';
import { converse } from './converse';
import { countTokens } from './count-tokens';
import { bedrockEndpoint, bedrockPath } from './endpoint';
import { invokeModel } from './invoke-model';
import { signedHeaders } from './sign-request';
import { openStream } from './translated-stream';

export interface BedrockProviderProps {
  /** Name in the configuration and in records. */
  readonly name: string;
  /** AWS region whose endpoint is called and for which requests are signed. */
  readonly region: string;
  /** Another address, such as that of an interface endpoint. Null for the region's own. */
  readonly baseUrl: string | null;
  /** The pod's credentials of the moment; the SDK's lookup renews them. */
  readonly credentials: () => Promise<SigningCredentials>;
  /** Most connections. */
  readonly maxConnections: number;
  /** Longest time to open a connection, ms. */
  readonly connectTimeoutMs: number;
  readonly now: () => Date;
}

/** How long an idle connection stays open, ms: less than AWS's own limit, so that it is not closed under a call. */
const IDLE_MS = 20_000;

/** Largest whole answer, bytes. */
const MAX_ANSWER_BYTES = 64 * 1_024 * 1_024;

/** Bedrock's APIs by the format that they stand behind. */
const APIS: Readonly<Partial<Record<FormatName, BedrockApi>>> = {
  'anthropic-messages': invokeModel,
  'openai-chat': converse,
};

/** Path of Anthropic's count of tokens; its format is that of messages otherwise. */
const COUNT_PATH = '/messages/count_tokens';

/**
 * Amazon Bedrock: Anthropic's models behind Anthropic's format, models of all vendors behind OpenAI's. Requests are
 * signed with the pod's own role; there are no keys, and none of a project's.
 */
export class BedrockProvider implements Provider {
  readonly name: string;
  readonly countsTokens = true;
  private readonly connection: ProviderConnection;
  private readonly endpoint;

  constructor(private readonly props: BedrockProviderProps) {
    this.name = props.name;
    this.endpoint = bedrockEndpoint(props.region, props.baseUrl);
    this.connection = new ProviderConnection({ ...props, origin: this.endpoint.origin, idleMs: IDLE_MS });
  }

  speaks(format: FormatName): boolean {
    return APIS[format] !== undefined;
  }

  async send(call: ProviderCall, signal: AbortSignal): Promise<ProviderAnswer> {
    const api = call.format.path === COUNT_PATH ? countTokens : APIS[call.format.name];
    if (api === undefined) {
      throw new ProviderError('unsupported', `${this.name} takes no calls of ${call.format.path}.`);
    }
    const response = await this.post(api, call, signal);
    const { status, headers, body: chunks, cancel } = response;
    if (status !== 200) {
      const body = Buffer.from(await readAll(chunks, this.name)).toString('utf8');
      return this.refusal(call, { status, headers, body });
    }
    const context = this.contextOf(call, headers);
    if (!call.stream) return this.whole(api, await readAll(chunks, this.name), context);
    const stream = await openStream({ api, call, context, chunks, name: this.name });
    if ('failure' in stream) {
      cancel();
      const failure = call.format.failure(stream.failure);
      return answerOf(failure.status, context.requestId, Buffer.from(failure.body));
    }
    return { ...answerOf(200, context.requestId, stream.events, 'text/event-stream'), cancel };
  }

  /** Credentials are read for each call, so there is nothing to read again. */
  async renewKeys(): Promise<boolean> {
    return false;
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private async post(api: BedrockApi, call: ProviderCall, signal: AbortSignal): Promise<ReceivedAnswer> {
    const { origin, basePath } = this.endpoint;
    const path = bedrockPath(basePath, api.modelOf(call.model), api.operation(call.stream));
    const body = api.requestBody(call);
    const headers = {
      'content-type': 'application/json',
      accept: call.stream ? 'application/vnd.amazon.eventstream' : 'application/json',
    };
    const { region, now } = this.props;
    const credentials = await this.props.credentials();
    const signed = await signedHeaders({ origin, path, headers, body, region, credentials }, now());
    const { firstByteMs, silenceMs } = call;
    return this.connection.post({ path, headers: signed, body, firstByteMs, silenceMs }, signal);
  }

  private contextOf({ model }: ProviderCall, headers: Readonly<Record<string, string>>): AnswerContext {
    const created = Math.floor(this.props.now().getTime() / 1_000);
    return { model, created, headers, requestId: headers['x-amzn-requestid'] ?? '' };
  }

  private whole(api: BedrockApi, bytes: Uint8Array, context: AnswerContext): ProviderAnswer {
    const answer = parseObject(Buffer.from(bytes).toString('utf8'));
    if (answer === undefined)
      throw new ProviderError('malformed', `the answer of ${this.name} is no JSON object`);
    const translated = JSON.stringify(api.answer(answer, context));
    return answerOf(200, context.requestId, Buffer.from(translated));
  }

  /** An error of Bedrock in the call's format. `retry-after` is kept. */
  private refusal(call: ProviderCall, refusal: Parameters<typeof refusalFailure>[0]): ProviderAnswer {
    const failure = refusalFailure(refusal);
    const { status, body } = call.format.failure(failure);
    const answer = answerOf(status, failure.requestId, Buffer.from(body));
    const after = refusal.headers['retry-after'];
    return after === undefined ? answer : { ...answer, headers: { ...answer.headers, 'retry-after': after } };
  }
}

/** An answer in the call's format, whose body is there or comes as it is read. */
function answerOf(
  status: number,
  requestId: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  type = 'application/json',
): ProviderAnswer {
  return {
    status,
    headers: { 'content-type': type, 'request-id': requestId },
    isStream: !(body instanceof Uint8Array),
    body: body instanceof Uint8Array ? once(body) : body,
    cancel: ignore,
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function ignore(): void {
  // The body is there.
}

/** @throws {ProviderError} where the answer is larger than the bound */
async function readAll(chunks: AsyncIterable<Uint8Array>, name: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) {
      throw new ProviderError('malformed', `the answer of ${name} must be at most ${MAX_ANSWER_BYTES} bytes`);
    }
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}
