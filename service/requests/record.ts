import { z } from 'zod';
import { checkText } from './record/text';

/** Most tokens of a kind that a request may have; a check of the column holds the same bound. */
export const MAX_TOKENS = 100_000_000;

/** Most tags of a request. */
export const MAX_TAGS = 16;

/** Longest value of a tag, characters. */
const MAX_TAG_VALUE = 256;

/** Names of tags: up to 64 characters, so that they fit into queries and column headings. */
const TAG_NAME = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}$/;

/** Longest id of a user, characters; a check of the column holds the same bound. */
export const MAX_USER = 128;

/** Longest provider, service tier, region and error code, characters. */
export const MAX_WORD = 64;

/** Longest name of a model, characters; Amazon Bedrock's ARNs have up to 256. */
export const MAX_MODEL = 256;

/** Longest id of the sender's own, characters. */
const MAX_SOURCE_ID = 256;

/** Largest value of an `integer` column. */
const MAX_INTEGER = 2_147_483_647;

/** Error code of requests whose pod ended before they did; only the service sets it. */
export const ABANDONED = 'abandoned';

const word = (max: number) => z.string().min(1).max(max).superRefine(checkText);
const count = z.number().int().min(0).max(MAX_TOKENS);

const tokensSchema = z
  .strictObject({
    input: count.describe('All input tokens, with those read from and written to the cache'),
    cached_input: count.optional().describe("Input tokens read from the provider's cache"),
    cache_write_5m: count.optional().describe("Input tokens written to the provider's cache for 5 minutes"),
    cache_write_1h: count.optional().describe("Input tokens written to the provider's cache for 1 hour"),
    output: count.describe('All output tokens, with those of reasoning'),
    reasoning: count.optional().describe('Output tokens of reasoning'),
  })
  .refine((t) => (t.cached_input ?? 0) + (t.cache_write_5m ?? 0) + (t.cache_write_1h ?? 0) <= t.input, {
    path: ['input'],
    error: 'must be at least cached_input + cache_write_5m + cache_write_1h, which are parts of it',
  })
  .refine((t) => (t.reasoning ?? 0) <= t.output, {
    path: ['output'],
    error: 'must be at least reasoning, which is a part of it',
  });

export const tagsSchema = z
  .record(
    z.string().regex(TAG_NAME, {
      error: 'must start with a letter or a digit and have up to 64 of A-Z a-z 0-9 _ . : / -',
    }),
    z.string().max(MAX_TAG_VALUE).superRefine(checkText),
  )
  .superRefine((tags, context) => {
    const { length } = Object.keys(tags);
    if (length > MAX_TAGS) {
      const message = `must be at most ${MAX_TAGS}, got ${length}`;
      context.addIssue({ code: 'custom', params: { code: 'too_many_tags' }, message });
    }
  });

/** What a record says besides its id, time, user and model; also the body of a `PATCH` that ends a request. */
const outcome = {
  service_tier: word(MAX_WORD)
    .nullish()
    .describe('standard, batch, flex, priority or a name of the provider'),
  region: word(MAX_WORD).nullish().describe("The provider's region"),
  prompt: z
    .string()
    .superRefine(checkText)
    .nullish()
    .describe('Text of the messages; longer texts are cut at 64 KiB and marked'),
  latency_ms: z
    .number()
    .min(0)
    .max(MAX_INTEGER)
    .transform(Math.round)
    .nullish()
    .describe('Time until the answer was complete, ms'),
  cache_hit: z
    .boolean()
    .optional()
    .describe("Whether the platform's own cache answered; such a request costs 0"),
  error_code: word(MAX_WORD)
    .refine((code) => code !== ABANDONED, {
      error: `must not be '${ABANDONED}', which the service sets itself`,
    })
    .nullish()
    .describe('Short code of the error; only where status is failed'),
  tags: tagsSchema.optional().describe(`Up to ${MAX_TAGS} tags`),
  usage: z.record(z.string(), z.unknown()).optional().describe("The provider's own usage object"),
  tokens: tokensSchema.optional().describe('Token counts, where there is no usage object'),
  units: z.record(word(MAX_WORD), count).optional().describe('Further billed units beside tokens, by name'),
  characters: z
    .strictObject({ prompt: count, output: count })
    .optional()
    .describe('Characters, where nobody counted tokens; usage is estimated from them'),
};

interface Outcome {
  readonly status?: 'active' | 'completed' | 'failed';
  readonly error_code?: string | null;
  readonly usage?: unknown;
  readonly tokens?: unknown;
  readonly units?: unknown;
  readonly characters?: unknown;
}

/** Rules between the fields of a record or of its end. */
function checkOutcome(record: Outcome, context: z.RefinementCtx): void {
  const issue = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  const sources = [record.usage, record.tokens, record.characters].filter((source) => source !== undefined);
  if (record.error_code != null && record.status !== 'failed') {
    issue('error_code', "must be absent unless status is 'failed'");
  }
  if (sources.length > 1) issue('usage', 'must be the only one of usage, tokens and characters');
  if (record.units !== undefined && record.tokens === undefined) {
    issue('units', 'must come with tokens; a usage object has its units already');
  }
  if (record.status === 'active' && sources.length > 0) {
    issue('usage', "must be absent while status is 'active'; send it with the end of the request");
  }
  if (record.status === 'completed' && sources.length === 0) {
    issue('usage', "must be there, or tokens or characters, when status is 'completed'");
  }
}

/** A record of `POST /api/v1/requests`. Unknown fields are errors, so that a misspelt one is not lost. */
export const recordSchema = z
  .strictObject({
    id: z.uuidv7().toLowerCase().optional().describe('UUIDv7 of the time of the request'),
    source_id: word(MAX_SOURCE_ID)
      .optional()
      .describe("The sender's own id; the record's id follows from it"),
    timestamp: z.iso.datetime({ offset: true }).optional().describe('Start of the request, RFC 3339'),
    user: word(MAX_USER).describe('Id of the user in the project'),
    provider: word(MAX_WORD).describe('LLM provider, such as openai'),
    model: word(MAX_MODEL).describe('Model, as the provider calls it'),
    status: z.enum(['active', 'completed', 'failed']),
    ...outcome,
  })
  .superRefine((record, context) => {
    checkOutcome(record, context);
    if (record.id !== undefined && record.source_id !== undefined) {
      context.addIssue({ code: 'custom', path: ['source_id'], message: 'must be absent where id is given' });
    }
    if (record.source_id !== undefined && record.timestamp === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['timestamp'],
        message: 'must be there where source_id is given: the id follows from both',
      });
    }
  });

/** A valid record as a sender gives it. */
export type RecordInput = z.output<typeof recordSchema>;

/** The body of `PATCH /api/v1/requests/{id}`: the end of an active request. */
export const endSchema = z
  .strictObject({ status: z.enum(['completed', 'failed']), ...outcome })
  .superRefine(checkOutcome);

/** The end of an active request. */
export type EndInput = z.output<typeof endSchema>;

/** A decimal number of USD with ten decimals. */
const usd = z.string().regex(/^\d+\.\d{10}$/);

/** A request as answers show it. Also the schema of the OpenAPI document. */
export const storedRequestSchema = z.object({
  id: z.uuid(),
  timestamp: z.iso.datetime().describe('Start of the request, RFC 3339 in UTC'),
  project: z.uuid(),
  user: z.string(),
  provider: z.string(),
  model: z.string(),
  service_tier: z.string().nullable(),
  region: z.string().nullable(),
  input_tokens: z.int(),
  cached_input_tokens: z.int(),
  cache_write_tokens: z.int(),
  output_tokens: z.int(),
  reasoning_tokens: z.int(),
  units: z.record(z.string(), z.number()).nullable(),
  cost_usd: usd.describe('What the request costs; 0 for answers of the own cache'),
  list_cost_usd: usd.nullable().describe('Cost by public list prices; null while active or without a price'),
  saved_cost_usd: usd.describe('What the answer of the own cache saved'),
  pricing: z.enum(['priced', 'partial', 'unpriced']),
  usage_source: z.enum(['reported', 'estimated']),
  price_rule: z.string().nullable().describe("Rule that matched the model's name to a price"),
  latency_ms: z.int().nullable(),
  status: z.enum(['active', 'completed', 'failed']),
  cache_hit: z.boolean(),
  error_code: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
});

/** A request as answers show it. */
export type StoredRequest = z.output<typeof storedRequestSchema>;
