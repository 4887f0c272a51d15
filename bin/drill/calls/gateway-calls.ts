import { randomUUID } from 'node:crypto';

/** What a call asks for, and how it is sent. */
interface CallShape {
  /** Whose wire format it has. */
  readonly api: 'openai' | 'anthropic';
  readonly stream: boolean;
  /**
   * How the simulated provider answers, in the words of `npm run simulate:provider -- --help`. @default - as the
   * provider is set
   */
  readonly behaviour?: string;
  /** Whether the gateway may keep the answer: a temperature of 0, and one of a few prompts. @default false */
  readonly cacheable?: boolean;
}

/** Kinds of calls. */
export const KINDS = {
  whole: { api: 'openai', behaviour: 'latency-20', stream: false },
  streamed: { api: 'openai', behaviour: 'tokens-20-rate-100', stream: true },
  slow: { api: 'openai', behaviour: 'latency-2000', stream: false },
  failing: { api: 'openai', behaviour: 'error-500', stream: false },
  cut: { api: 'openai', behaviour: 'tokens-20-cut-3', stream: true },
  'stream of 3 s': { api: 'openai', behaviour: 'tokens-60-rate-20', stream: true },
  'stream of 30 s': { api: 'openai', behaviour: 'tokens-300-rate-10', stream: true },
  'chat completion': { api: 'openai', stream: false },
  'streamed chat completion': { api: 'openai', stream: true },
  'kept chat completion': { api: 'openai', stream: false, cacheable: true },
  message: { api: 'anthropic', stream: false },
  'streamed message': { api: 'anthropic', stream: true },
} as const satisfies Readonly<Record<string, CallShape>>;
export type Kind = keyof typeof KINDS;

/** Models of the calls, by format. */
export const MODELS = { openai: 'gpt-4o-mini', anthropic: 'claude-haiku-4-5' } as const;

/** Different prompts of calls that may be kept. */
const KEPT_PROMPTS = 10;

/** A call of the gateway. */
export interface DrillCall {
  readonly kind: Kind;
  /** What its row is known by: the tag `drill`. */
  readonly marker: string;
  readonly body: string;
}

/**
 * @param promptBytes length of the prompt, bytes
 * @param markers what the marker begins with
 */
export function newCall(kind: Kind, promptBytes: number, markers = ''): DrillCall {
  const { behaviour, stream, api, cacheable = false }: CallShape = KINDS[kind];
  const marker = `${markers}${randomUUID()}`;
  const question = cacheable
    ? `question ${markers}${Number.parseInt(marker.slice(-2), 16) % KEPT_PROMPTS}`
    : '';
  const model = `${MODELS[api]}${behaviour === undefined ? '' : `-sim-${behaviour}`}`;
  const content = `${question} ${'word '.repeat(Math.ceil(promptBytes / 5))}`.trimStart();
  return { kind, marker, body: requestBody({ api, model, stream, content, temperature: cacheable ? 0 : 1 }) };
}

/** A body of chat completions that no cache keeps: with a temperature of 1 each answer may differ. */
export function bodyOf(
  behaviour: string,
  { stream, promptBytes = 60 }: { readonly stream: boolean; readonly promptBytes?: number },
): string {
  const content = 'word '.repeat(Math.ceil(promptBytes / 5));
  return requestBody({
    ...{ api: 'openai', model: `${MODELS.openai}-sim-${behaviour}`, stream, content, temperature: 1 },
  });
}

function requestBody({
  api,
  content,
  ...settings
}: Readonly<{
  api: CallShape['api'];
  model: string;
  stream: boolean;
  content: string;
  temperature: number;
}>): string {
  const limit = api === 'anthropic' ? { max_tokens: 200 } : {};
  return JSON.stringify({ ...settings, ...limit, messages: [{ role: 'user', content }] });
}

/** Path of the gateway's route for a kind of calls. */
export function pathOf(kind: Kind): string {
  return KINDS[kind].api === 'anthropic' ? '/api/v1/messages' : '/api/v1/chat/completions';
}

/** Whether an answer with the status 200 is all of it. */
export function isWhole(kind: Kind, text: string): boolean {
  const { stream, api } = KINDS[kind];
  if (!stream) return true;
  return api === 'anthropic' ? text.includes('event: message_stop') : text.trimEnd().endsWith('data: [DONE]');
}
