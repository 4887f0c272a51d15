import type { Behaviour } from './behaviour';
import { exampleValue } from './example-value';
import { hashOf } from './random';

/** A parsed request body. */
export type Body = Readonly<Record<string, unknown>>;

/** What a simulated call answers, before it has a wire format. */
export interface OutputPlan {
  /** Id of the answer's parts, the same for the same call and number. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  /** Pieces of about a token: of the text, or of the tool's arguments. */
  readonly pieces: readonly string[];
  /** Name of the called tool; null where the answer is text. */
  readonly tool: string | null;
  /** Whether the call's own limit ended the output. */
  readonly isCut: boolean;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  /** All output tokens of one choice, with those of reasoning. */
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly reportsUsage: boolean;
}

/** What a wire format finds in a body for its plan. */
export interface Wish {
  /** The input, for its length and for the text that follows from it. */
  readonly input: unknown;
  readonly maxTokens: number | undefined;
  /** The tool to call with the schema of its arguments. Undefined where none is to be called. */
  readonly tool: { readonly name: string; readonly schema: unknown } | undefined;
  /** Schema of a structured output. Undefined where the output is text. */
  readonly schema: unknown;
}

/** Numbers and times of a call. */
export interface CallNumbers {
  readonly number: number;
  readonly seed: number;
  readonly seconds: number;
}

/** Words of simulated text; some have characters of two to four bytes. */
const VOCABULARY = [
  'cost',
  'of',
  'the',
  'request',
  'is',
  'naïve',
  'model',
  '“quoted”',
  'and',
  'tokens',
  '費用',
  'budget',
  'per',
  'day',
  'café',
  '🚀',
  'cache',
  'answer',
];

/** Characters of a token, as the service's own estimates assume. */
const CHARACTERS_PER_TOKEN = 4;

/** Plans the answer to a call. The same body, behaviour and numbers give the same plan. */
export function planOutput(
  body: Body,
  behaviour: Behaviour,
  wish: Wish,
  { number, seed, seconds }: CallNumbers,
): OutputPlan {
  const input = JSON.stringify(wish.input) ?? '';
  const inputTokens = Math.max(1, Math.ceil(input.length / CHARACTERS_PER_TOKEN));
  const schema = wish.tool === undefined ? wish.schema : wish.tool.schema;
  const wanted =
    schema === undefined ? words(behaviour.outputTokens, hashOf(input) + seed) : jsonPieces(schema);
  const room = Math.max(0, wish.maxTokens ?? wanted.length);
  const pieces = wanted.slice(0, room);
  const reasoningTokens = behaviour.reasoningTokens;
  return {
    id: `sim${seed.toString(36)}x${number.toString(36)}`,
    created: seconds,
    model: String(body['model'] ?? 'sim'),
    pieces,
    tool: wish.tool?.name ?? null,
    isCut: pieces.length < wanted.length,
    inputTokens,
    cachedTokens: Math.min(inputTokens, behaviour.cachedTokens),
    outputTokens: pieces.length + reasoningTokens,
    reasoningTokens,
    reportsUsage: behaviour.reportsUsage,
  };
}

/** Pseudo-random unit vector of an embedding: the same for the same text. */
export function embeddingOf(text: string, dimensions: number): number[] {
  let state = hashOf(text) || 1;
  const values: number[] = [];
  for (let at = 0; at < dimensions; at += 1) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + at + 1;
    values.push((state >>> 0) / 2 ** 31 - 1);
  }
  const length = Math.hypot(...values) || 1;
  return values.map((value) => value / length);
}

function words(count: number, start: number): string[] {
  const found: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const word = VOCABULARY[(start + at * 7) % VOCABULARY.length] ?? '';
    found.push(at === 0 ? word : ` ${word}`);
  }
  return found;
}

function jsonPieces(schema: unknown): string[] {
  return JSON.stringify(exampleValue(schema)).match(/[\s\S]{1,4}/g) ?? [];
}
