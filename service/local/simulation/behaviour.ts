/** How the simulated provider answers a call. Counts are whole numbers. */
export interface Behaviour {
  /** Time before the answer's first byte, ms: fixed, or the median of a lognormal distribution. */
  readonly latencyMs: number;
  /** Sigma of the lognormal distribution; 0 for a fixed time. */
  readonly latencySigma: number;
  /** Output tokens a second, in streams and before whole answers; 0 for all at once. */
  readonly tokensPerSecond: number;
  /** Output tokens, unless the call's own limit is lower. */
  readonly outputTokens: number;
  /** Input tokens that are reported as read from the provider's cache, at most all. */
  readonly cachedTokens: number;
  /** Output tokens of reasoning, beside the text and part of the output's count. */
  readonly reasoningTokens: number;
  /** HTTP status of the error to answer; 0 for none. */
  readonly errorStatus: number;
  /** Value of `retry-after` in errors, seconds; -1 for none. */
  readonly retryAfterSeconds: number;
  /** What happens instead of an answer: the connection is reset, nothing at all, or a page of HTML with status 200. */
  readonly connection: 'answers' | 'resets' | 'hangs' | 'rubbish';
  /** Events after which the connection breaks; -1 for never. */
  readonly cutAfter: number;
  /** Events after which nothing more comes, while the connection stays open; -1 for never. */
  readonly stallAfter: number;
  /** Events after which an error event comes and the stream ends; -1 for never. */
  readonly errorAfter: number;
  /** Share of calls that the errors and breaks above apply to, percent. */
  readonly faultPercent: number;
  /** Whether the answer has a usage object. */
  readonly reportsUsage: boolean;
  /** Whether a stream has its last event, `[DONE]` or `message_stop`. */
  readonly sendsEnd: boolean;
  /** Whether a stream's lines end with CRLF. */
  readonly crlf: boolean;
  /** Whether comments stand between a stream's events. */
  readonly comments: boolean;
  /** Whether a stream has events of an unknown type. */
  readonly unknownEvents: boolean;
  /** Bytes of each chunk of a stream, so that events and characters are split; 0 for a chunk an event. */
  readonly chunkBytes: number;
  /** Events in each chunk. */
  readonly eventsPerChunk: number;
}

/** A small, quick, faultless answer. */
export const DEFAULT_BEHAVIOUR: Behaviour = {
  latencyMs: 0,
  latencySigma: 0,
  tokensPerSecond: 0,
  outputTokens: 16,
  cachedTokens: 0,
  reasoningTokens: 0,
  errorStatus: 0,
  retryAfterSeconds: -1,
  connection: 'answers',
  cutAfter: -1,
  stallAfter: -1,
  errorAfter: -1,
  faultPercent: 100,
  reportsUsage: true,
  sendsEnd: true,
  crlf: false,
  comments: false,
  unknownEvents: false,
  chunkBytes: 0,
  eventsPerChunk: 1,
};

/** A behaviour that cannot be read. */
export class BehaviourError extends Error {
  override readonly name = 'BehaviourError';
}

/** A word of the grammar, the numbers that follow it, and what it sets. */
interface Word {
  /** Smallest and largest value of each number. */
  readonly numbers: readonly (readonly [least: number, most: number])[];
  readonly sets: (first: number, second: number) => Partial<Behaviour>;
  /** For the documentation: the numbers' names, and what the word does. */
  readonly help: readonly [numbers: string, meaning: string];
}

const MILLISECONDS = [0, 600_000] as const;
const COUNT = [0, 100_000] as const;

/** Words of the grammar, which a model's name or the header `x-simulate` is made of. */
export const WORDS: Readonly<Record<string, Word>> = {
  latency: {
    numbers: [MILLISECONDS],
    sets: (latencyMs) => ({ latencyMs, latencySigma: 0 }),
    help: ['<ms>', 'time before the first byte'],
  },
  lognormal: {
    numbers: [MILLISECONDS, [1, 300]],
    sets: (latencyMs, percent) => ({ latencyMs, latencySigma: percent / 100 }),
    help: ['<median ms>-<sigma x 100>', 'time before the first byte, lognormal'],
  },
  rate: {
    numbers: [[1, 1_000_000]],
    sets: (tokensPerSecond) => ({ tokensPerSecond }),
    help: ['<n>', 'output tokens a second'],
  },
  tokens: {
    numbers: [COUNT],
    sets: (outputTokens) => ({ outputTokens }),
    help: ['<n>', 'output tokens'],
  },
  cached: {
    numbers: [COUNT],
    sets: (cachedTokens) => ({ cachedTokens }),
    help: ['<n>', "input tokens read from the provider's cache"],
  },
  reasoning: {
    numbers: [COUNT],
    sets: (reasoningTokens) => ({ reasoningTokens }),
    help: ['<n>', 'output tokens of reasoning'],
  },
  error: {
    numbers: [[400, 599]],
    sets: (errorStatus) => ({ errorStatus }),
    help: ['<status>', 'an error, such as 401, 404, 429, 500, 529'],
  },
  retryafter: {
    numbers: [[0, 86_400]],
    sets: (retryAfterSeconds) => ({ retryAfterSeconds }),
    help: ['<seconds>', '`retry-after` of errors'],
  },
  reset: { numbers: [], sets: () => ({ connection: 'resets' }), help: ['', 'the connection is reset'] },
  rubbish: {
    numbers: [],
    sets: () => ({ connection: 'rubbish' }),
    help: ['', 'a page of HTML with status 200 instead of an answer'],
  },
  hang: { numbers: [], sets: () => ({ connection: 'hangs' }), help: ['', 'no answer, ever'] },
  cut: {
    numbers: [COUNT],
    sets: (cutAfter) => ({ cutAfter }),
    help: ['<n>', 'the connection breaks after n events'],
  },
  stall: {
    numbers: [COUNT],
    sets: (stallAfter) => ({ stallAfter }),
    help: ['<n>', 'silence after n events'],
  },
  errorafter: {
    numbers: [COUNT],
    sets: (errorAfter) => ({ errorAfter }),
    help: ['<n>', 'an error event after n events'],
  },
  percent: {
    numbers: [[0, 100]],
    sets: (faultPercent) => ({ faultPercent }),
    help: ['<n>', 'share of calls with the errors and breaks above'],
  },
  nousage: { numbers: [], sets: () => ({ reportsUsage: false }), help: ['', 'no usage'] },
  noend: { numbers: [], sets: () => ({ sendsEnd: false }), help: ['', 'no `[DONE]` or `message_stop`'] },
  crlf: { numbers: [], sets: () => ({ crlf: true }), help: ['', 'lines end with CRLF'] },
  comments: { numbers: [], sets: () => ({ comments: true }), help: ['', 'comments between events'] },
  unknown: { numbers: [], sets: () => ({ unknownEvents: true }), help: ['', 'events of an unknown type'] },
  bytes: {
    numbers: [[1, 65_536]],
    sets: (chunkBytes) => ({ chunkBytes }),
    help: ['<n>', 'chunks of n bytes: events and UTF-8 characters are split'],
  },
  merge: {
    numbers: [[1, 1_000]],
    sets: (eventsPerChunk) => ({ eventsPerChunk }),
    help: ['<n>', 'n events in a chunk'],
  },
};

/**
 * The behaviour that a text of words and numbers, joined by hyphens, asks for: `latency-250-tokens-100-cut-5`.
 * @throws BehaviourError that names the word, and the range of a number
 */
export function parseBehaviour(text: string): Partial<Behaviour> {
  const parts = text.split('-');
  let behaviour: Partial<Behaviour> = {};
  for (let at = 0; at < parts.length; ) {
    const name = parts[at] ?? '';
    const word = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
    if (word === undefined) {
      throw new BehaviourError(`'${name}' must be one of ${Object.keys(WORDS).join(', ')}`);
    }
    const [first = 0, second = 0] = word.numbers.map((range, index) =>
      numberOf(name, parts[at + 1 + index], range),
    );
    behaviour = { ...behaviour, ...word.sets(first, second) };
    at += 1 + word.numbers.length;
  }
  return behaviour;
}

/** The part of a model's name that says how to behave: all after `sim-`, at the beginning or after a hyphen or slash. */
const IN_MODEL = /(?:^|[-/])sim-(.+)$/;

/**
 * The behaviour that a call asks for by its model's name, such as `sim-latency-250` or `gpt-4o-mini-sim-cut-3`.
 * @throws BehaviourError
 */
export function behaviourOfModel(model: string): Partial<Behaviour> {
  const text = IN_MODEL.exec(model)?.[1];
  return text === undefined ? {} : parseBehaviour(text);
}

function numberOf(name: string, text: string | undefined, [least, most]: readonly [number, number]): number {
  const value = text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new BehaviourError(
    `'${name}' must be followed by whole numbers between ${least} and ${most}, got '${text ?? ''}'`,
  );
}
