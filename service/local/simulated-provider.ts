import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerCall, type ReceivedCall, send } from './simulation/answer-call';
import {
  type Behaviour,
  BehaviourError,
  behaviourOfModel,
  DEFAULT_BEHAVIOUR,
  parseBehaviour,
} from './simulation/behaviour';
import { CallLog } from './simulation/call-log';
import { chatCompletions } from './simulation/chat-completions';
import { messages } from './simulation/messages';
import { modelsAnswer } from './simulation/models';
import { readBody } from './simulation/read-body';
import { responses } from './simulation/responses';
import { anthropicError, openaiError, type WireFormat } from './simulation/wire-format';

export interface SimulatedProviderProps {
  /** Clock of `created` and of the rate of tokens. */
  readonly now: () => Date;
  /** Seed of delays, shares of faults and texts: the same seed and calls give the same answers. @default 1 */
  readonly seed?: number;
  /** What differs from a small, quick, faultless answer. @default - nothing */
  readonly behaviour?: Partial<Behaviour>;
  /** The one key that is accepted; others are 401. @default - every key, and none */
  readonly key?: string;
  /** Number of calls that are kept for comparison, the newest. @default 100000 */
  readonly keptCalls?: number;
  /** Names in the list of models. @default - a model of each format */
  readonly models?: readonly string[];
}

const MODELS = [
  'gpt-4o-mini',
  'gpt-5-mini',
  'text-embedding-3-small',
  'claude-sonnet-4-5',
  'claude-haiku-4-5',
];

/** Formats by the path of a call; embeddings and counts of tokens have no plan of words. */
const FORMATS: Readonly<Record<string, WireFormat>> = {
  '/v1/chat/completions': chatCompletions,
  '/v1/responses': responses,
  '/v1/embeddings': chatCompletions,
  '/v1/messages': messages,
  '/v1/messages/count_tokens': messages,
};

/**
 * A provider that speaks OpenAI's and Anthropic's wire formats and behaves as it is told: by its props, by the model's
 * name (`sim-latency-250-cut-3`, `gpt-4o-mini-sim-error-429`) or by the header `x-simulate` (`latency-250`), the later
 * winning. `GET /simulated/calls` lists the calls that it received; `PUT /simulated/behaviour` with `{ "words":
 * "latency-250" }` replaces the behaviour of its props.
 */
export class SimulatedProvider {
  /** Calls that were received. */
  readonly calls: CallLog;
  private readonly server: Server;
  private readonly closing = new AbortController();
  private readonly planned: Partial<Behaviour>[] = [];
  private behaviour: Behaviour;
  private readonly seed: number;

  constructor(private readonly props: SimulatedProviderProps) {
    this.calls = new CallLog(props.keptCalls ?? 100_000);
    this.behaviour = { ...DEFAULT_BEHAVIOUR, ...props.behaviour };
    this.seed = props.seed ?? 1;
    this.server = createServer({ keepAliveTimeout: 75_000 }, (request, response) =>
      this.receive(request, response),
    );
  }

  /** Address once it listens, such as http://127.0.0.1:4010; OpenAI's base URL is this and /v1. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /**
   * Starts to listen on loopback.
   * @param port 0 for any free one
   */
  async listen(port = 0): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', () => resolve());
    });
  }

  /**
   * Plans the behaviour of the next calls, before that of their model's name.
   * @param text words and numbers, such as `error-429-retryafter-1`
   * @throws BehaviourError
   */
  planNext(text: string, times = 1): void {
    const behaviour = parseBehaviour(text);
    for (let count = 0; count < times; count += 1) this.planned.push(behaviour);
  }

  /** Ends all connections and waits. */
  async close(): Promise<void> {
    this.closing.abort();
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private receive(request: IncomingMessage, response: ServerResponse): void {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    if (path === '/simulated/calls') {
      this.answerCalls(request, response, query);
      return;
    }
    if (path === '/simulated/behaviour') {
      this.takeBehaviour(request, response);
      return;
    }
    const isAnthropic = path.startsWith('/v1/messages') || 'anthropic-version' in request.headers;
    const refuse = (status: number, message: string) =>
      send(response, status, (isAnthropic ? anthropicError : openaiError)(status, message));
    if (this.props.key !== undefined && keyOf(request) !== this.props.key) {
      request.resume();
      refuse(401, 'Incorrect API key provided');
      return;
    }
    if (path === '/v1/models' && request.method === 'GET') {
      send(response, 200, modelsAnswer(this.props.models ?? MODELS, isAnthropic));
      return;
    }
    const format = Object.hasOwn(FORMATS, path) ? FORMATS[path] : undefined;
    readBody(request, (body) => {
      if (format === undefined || request.method !== 'POST') {
        refuse(404, `Unknown request URL: ${request.method} ${path}`);
      } else if (body === null) {
        refuse(400, 'The body must be a JSON object of at most 64 MiB');
      } else {
        this.begin({ request, response, path, body, format }, refuse);
      }
    });
  }

  private begin(call: ReceivedCall, refuse: (status: number, message: string) => void): void {
    const { request, response, body, path } = call;
    const model = String(body['model'] ?? '');
    const refusal = model === '' ? "you must provide 'model'" : refusalOf(call);
    const behaviour = refusal === undefined ? this.behaviourOf(request, model) : refusal;
    if (typeof behaviour === 'string') {
      refuse(400, behaviour);
      return;
    }
    const stream = body['stream'] === true;
    const entry = this.calls.begin({ path, model, stream, key: idOf(request), inputTokens: 0 });
    response.once('close', () => {
      if (entry.outcome === 'open') entry.outcome = 'left';
    });
    answerCall({
      call,
      behaviour,
      entry,
      seed: this.seed,
      now: this.props.now,
      closing: this.closing.signal,
    });
  }

  /** The behaviour of a call, or why it cannot be read. */
  private behaviourOf({ headers }: IncomingMessage, model: string): Behaviour | string {
    const header = headers['x-simulate'];
    try {
      const asked = { ...behaviourOfModel(model), ...(typeof header === 'string' && parseBehaviour(header)) };
      return { ...this.behaviour, ...asked, ...this.planned.shift() };
    } catch (error) {
      if (error instanceof BehaviourError) return error.message;
      throw error;
    }
  }

  /** No words: as the props say. */
  private takeBehaviour(request: IncomingMessage, response: ServerResponse): void {
    readBody(request, (body) => {
      const words = body?.['words'] ?? '';
      try {
        const change = words === '' ? this.props.behaviour : parseBehaviour(String(words));
        this.behaviour = { ...DEFAULT_BEHAVIOUR, ...change };
        send(response, 200, { words });
      } catch (error) {
        if (!(error instanceof BehaviourError)) throw error;
        send(response, 400, { message: error.message });
      }
    });
  }

  /** The newest calls, by default 1,000; DELETE forgets all. */
  private answerCalls(request: IncomingMessage, response: ServerResponse, query: string): void {
    request.resume();
    if (request.method === 'DELETE') this.calls.clear();
    const limit = Number(new URLSearchParams(query).get('limit') ?? 1_000);
    const data = limit > 0 ? this.calls.newest.slice(-limit) : [];
    send(response, 200, { total: this.calls.total, data });
  }
}

/** Why a provider would refuse the body; undefined where it would not. */
function refusalOf({ path, body, format }: ReceivedCall): string | undefined {
  if (path === '/v1/embeddings') return 'input' in body ? undefined : "you must provide 'input'";
  return path === '/v1/messages/count_tokens' ? undefined : format.refusal(body);
}

function keyOf({ headers }: IncomingMessage): string {
  const { authorization = '', 'x-api-key': key } = headers;
  return typeof key === 'string' ? key : authorization.replace(/^Bearer /i, '');
}

function idOf({ headers }: IncomingMessage): string {
  const ids = [headers['idempotency-key'], headers['x-request-id'], headers['x-client-request-id']];
  return ids.find((id) => typeof id === 'string') ?? '';
}
