import { z } from 'zod';
import { UsageError } from '../cli/command';
import { jsonEntries } from './json-entries';

/** Tokens and requests of a time. */
export interface UsageSums {
  /** All input tokens, with those read from and written to the cache. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Null where the provider does not say it. */
  readonly requests: number | null;
}

/** What a provider's usage API says of a time. */
export interface UsageBucket extends UsageSums {
  readonly from: Date;
  /** Excluded. */
  readonly to: Date;
}

/** Most buckets of a file: a month of minutes. */
const MAX_BUCKETS = 50_000;

const count = z.int().min(0);

/** A bucket of OpenAI's `GET /v1/organization/usage/completions`; its input includes cached tokens. */
const openaiSchema = z.object({
  start_time: z.int(),
  end_time: z.int(),
  results: z.array(
    z.object({ input_tokens: count, output_tokens: count.default(0), num_model_requests: count.default(0) }),
  ),
});

/** A bucket of Anthropic's `GET /v1/organizations/usage_report/messages`; its input is in parts. */
const anthropicSchema = z.object({
  starting_at: z.iso.datetime({ offset: true }),
  ending_at: z.iso.datetime({ offset: true }),
  results: z.array(
    z.object({
      uncached_input_tokens: count,
      cache_read_input_tokens: count.default(0),
      cache_creation: z
        .object({
          ephemeral_5m_input_tokens: count.default(0),
          ephemeral_1h_input_tokens: count.default(0),
        })
        .default({ ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 }),
      output_tokens: count,
    }),
  ),
});

/**
 * Reads pages of a usage API: one as a JSON document, or several as NDJSON.
 * @param name of the file, for errors
 * @throws UsageError that names the bucket
 */
export function readUsage(text: string, name: string): UsageBucket[] {
  const buckets = jsonEntries(text, name)
    .flatMap((entry) => (entry as { readonly data?: readonly unknown[] } | null)?.data ?? [entry])
    .map((bucket, index) => bucketOf(bucket, `${name}, bucket ${index + 1}`));
  if (buckets.length <= MAX_BUCKETS) return buckets;
  throw new UsageError(
    `${name} must have at most ${MAX_BUCKETS} buckets, got ${buckets.length}: take hours in place of minutes`,
  );
}

function bucketOf(bucket: unknown, where: string): UsageBucket {
  const openai = openaiSchema.safeParse(bucket);
  if (openai.success) {
    const { start_time, end_time, results } = openai.data;
    return {
      ...{ from: new Date(start_time * 1000), to: new Date(end_time * 1000) },
      inputTokens: sum(results, ({ input_tokens }) => input_tokens),
      outputTokens: sum(results, ({ output_tokens }) => output_tokens),
      requests: sum(results, ({ num_model_requests }) => num_model_requests),
    };
  }
  const anthropic = anthropicSchema.safeParse(bucket);
  if (anthropic.success) {
    const { starting_at, ending_at, results } = anthropic.data;
    return {
      ...{ from: new Date(starting_at), to: new Date(ending_at), requests: null },
      inputTokens: sum(
        results,
        ({ uncached_input_tokens, cache_read_input_tokens, cache_creation }) =>
          uncached_input_tokens +
          cache_read_input_tokens +
          cache_creation.ephemeral_5m_input_tokens +
          cache_creation.ephemeral_1h_input_tokens,
      ),
      outputTokens: sum(results, ({ output_tokens }) => output_tokens),
    };
  }
  throw new UsageError(
    `${where} must be a bucket of OpenAI's usage API (start_time, end_time, results) or of Anthropic's (starting_at, ending_at, results)`,
  );
}

function sum<T>(results: readonly T[], of: (result: T) => number): number {
  return results.reduce((total, result) => total + of(result), 0);
}
