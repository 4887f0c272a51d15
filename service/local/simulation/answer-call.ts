import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Behaviour, DEFAULT_BEHAVIOUR } from './behaviour';
import type { OpenCall } from './call-log';
import { embeddingsAnswer } from './embeddings';
import { type Body, type OutputPlan, planOutput } from './output-plan';
import { normal, type Random, seededRandom } from './random';
import { sendStream } from './send-stream';
import type { WireFormat } from './wire-format';

/** A call whose body is read. */
export interface ReceivedCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly body: Body;
  readonly format: WireFormat;
}

/** A call with all that its answer follows from. */
export interface AnswerProps {
  readonly call: ReceivedCall;
  readonly behaviour: Behaviour;
  /** Entry in the log, which the answer completes. */
  readonly entry: OpenCall;
  readonly seed: number;
  readonly now: () => Date;
  /** Ends all waits when the provider closes. */
  readonly closing: AbortSignal;
}

/** Answers a call as its behaviour says: in this turn where nothing is waited for. */
export function answerCall(props: AnswerProps): void {
  const random = seededRandom(Math.imul(props.seed, 0x9e3779b1) + props.entry.number);
  const behaviour = withFaults(props.behaviour, random);
  const chosen = { ...props, behaviour };
  const wait = latencyOf(behaviour, random) + wholeAnswerMs(behaviour, props.call.body);
  if (wait === 0 && !wantsStream(props.call)) answerWhole(chosen);
  else void answerLater(chosen, wait);
}

/** Waits, then answers; a client that leaves ends the wait. */
async function answerLater(props: AnswerProps, wait: number): Promise<void> {
  const left = new AbortController();
  props.call.response.once('close', () => left.abort());
  const signal = AbortSignal.any([left.signal, props.closing]);
  try {
    if (wait > 0) await sleep(wait, undefined, { signal });
    if (fails(props)) return;
    if (wantsStream(props.call)) await stream(props, signal);
    else answerWhole(props);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Whether the call fails before its answer; then it has failed. */
function fails({ call: { response, format }, behaviour, entry }: AnswerProps): boolean {
  if (behaviour.connection !== 'answers') {
    entry.outcome = 'broken';
    if (behaviour.connection === 'rubbish') sendPage(response);
    if (behaviour.connection === 'resets') response.socket?.resetAndDestroy();
    return true;
  }
  const status = behaviour.errorStatus;
  if (status === 0) return false;
  entry.outcome = 'error';
  const headers = behaviour.retryAfterSeconds < 0 ? {} : { 'retry-after': behaviour.retryAfterSeconds };
  send(response, status, format.error(status, `Simulated error ${status}`), headers);
  return true;
}

/** What a proxy on the way may answer in the provider's place. */
function sendPage(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end('<!doctype html><title>Welcome</title><p>Please log in to use this network.</p>');
}

function answerWhole(props: AnswerProps): void {
  if (fails(props)) return;
  const { call, behaviour, entry } = props;
  const { response, body, path, format } = call;
  const plan = planOf(props);
  entry.outcome = 'answered';
  if (path === '/v1/messages/count_tokens') {
    send(response, 200, { input_tokens: plan.inputTokens });
  } else if (path === '/v1/embeddings') {
    send(response, 200, embeddingsAnswer(body, plan.inputTokens, behaviour.reportsUsage));
  } else {
    entry.outputTokens = format.outputTokens(plan, body);
    send(response, 200, format.whole(plan, body), { 'x-request-id': `req_${plan.id}` });
  }
}

async function stream(props: AnswerProps, signal: AbortSignal): Promise<void> {
  const { call, behaviour, entry, now } = props;
  const { response, body, format } = call;
  const plan = planOf(props);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-request-id': `req_${plan.id}`,
  });
  response.flushHeaders();
  await sendStream({
    response,
    events: format.events(plan, body),
    format,
    behaviour,
    call: entry,
    now,
    signal,
  });
}

function planOf({ call: { body, path, format }, behaviour, entry, seed, now }: AnswerProps): OutputPlan {
  const wish =
    path === '/v1/embeddings'
      ? { input: body['input'], maxTokens: 0, tool: undefined, schema: undefined }
      : format.wish(body);
  const seconds = Math.floor(now().getTime() / 1_000);
  const plan = planOutput(body, behaviour, wish, { number: entry.number, seed, seconds });
  entry.inputTokens = plan.inputTokens;
  return plan;
}

function wantsStream({ body, path }: ReceivedCall): boolean {
  return body['stream'] === true && path !== '/v1/embeddings' && path !== '/v1/messages/count_tokens';
}

/** Leaves the faults out of the calls that are not in the behaviour's share. */
function withFaults(behaviour: Behaviour, random: Random): Behaviour {
  if (behaviour.faultPercent === 100 || random() * 100 < behaviour.faultPercent) return behaviour;
  const { errorStatus, connection, cutAfter, stallAfter, errorAfter } = DEFAULT_BEHAVIOUR;
  return { ...behaviour, errorStatus, connection, cutAfter, stallAfter, errorAfter };
}

function latencyOf({ latencyMs, latencySigma }: Behaviour, random: Random): number {
  return latencySigma === 0 ? latencyMs : latencyMs * Math.exp(latencySigma * normal(random));
}

/** Time in which the tokens of a whole answer are made, ms; a stream's are paced one by one. */
function wholeAnswerMs({ tokensPerSecond, outputTokens }: Behaviour, body: Body): number {
  return tokensPerSecond === 0 || body['stream'] === true ? 0 : (outputTokens * 1_000) / tokensPerSecond;
}

/** Sends an answer of JSON. */
export function send(response: ServerResponse, status: number, value: unknown, headers = {}): void {
  const text = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}
