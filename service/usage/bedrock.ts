import {
  countAt,
  firstCountAt,
  isObject,
  type RawUsage,
  requiredCountAt,
  UsageProblem,
  usageOf,
} from './read-counts';
import type { Usage } from './token-usage';

/**
 * Usage of Amazon Bedrock's Converse and ConverseStream, and of InvokeModel with Amazon's Nova models.
 *
 * `inputTokens` exclude what was read from the cache and written to it. `cacheDetails` split the written tokens by the
 * time that they are kept.
 *
 * Source: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html and
 * docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 */
export function readConverse(raw: RawUsage): Usage {
  return excludingCache({
    uncached: requiredCountAt(raw, 'inputTokens'),
    cachedInput: firstCountAt(raw, ['cacheReadInputTokens', 'cacheReadInputTokenCount']),
    written: firstCountAt(raw, ['cacheWriteInputTokens', 'cacheWriteInputTokenCount']),
    writtenForAnHour: writtenForAnHour(raw),
    // An embedding has no output.
    output: countAt(raw, 'outputTokens') ?? 0,
  });
}

/**
 * Usage in the last event of InvokeModelWithResponseStream, `amazon-bedrock-invocationMetrics`.
 *
 * Source: docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
 */
export function readInvocationMetrics(raw: RawUsage): Usage {
  return excludingCache({
    uncached: requiredCountAt(raw, 'inputTokenCount'),
    cachedInput: countAt(raw, 'cacheReadInputTokenCount'),
    written: countAt(raw, 'cacheWriteInputTokenCount'),
    writtenForAnHour: 0,
    output: countAt(raw, 'outputTokenCount') ?? 0,
  });
}

/**
 * Usage of InvokeModel with Meta's Llama models, which is a part of the answer's body.
 *
 * Source: docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-meta.html
 */
export function readLlama(raw: RawUsage): Usage {
  return usageOf({
    input: requiredCountAt(raw, 'prompt_token_count'),
    output: requiredCountAt(raw, 'generation_token_count'),
  });
}

/**
 * Usage of InvokeModel with Amazon's Titan models, which is a part of the answer's body; a stream gives the total of
 * the output, an embedding has none.
 *
 * Source: docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-text.html
 */
export function readTitan(raw: RawUsage): Usage {
  const results = Array.isArray(raw['results']) ? raw['results'].filter(isObject) : [];
  const output = results.reduce((sum, result) => sum + requiredCountAt(result, 'tokenCount'), 0);
  return usageOf({
    input: requiredCountAt(raw, 'inputTextTokenCount'),
    output: countAt(raw, 'totalOutputTextTokenCount') ?? output,
  });
}

interface WithoutCache {
  readonly uncached: number;
  readonly cachedInput: number | undefined;
  readonly written: number | undefined;
  readonly writtenForAnHour: number;
  readonly output: number;
}

function excludingCache({
  uncached,
  cachedInput = 0,
  written,
  writtenForAnHour,
  output,
}: WithoutCache): Usage {
  const cacheWrite = written ?? writtenForAnHour;
  if (writtenForAnHour > cacheWrite) {
    throw new UsageProblem(
      `usage.cacheDetails have ${writtenForAnHour} tokens, more than the ${cacheWrite} of cacheWriteInputTokens`,
    );
  }
  return usageOf({
    input: uncached + cachedInput + cacheWrite,
    cachedInput,
    cacheWrite5m: cacheWrite - writtenForAnHour,
    cacheWrite1h: writtenForAnHour,
    output,
  });
}

function writtenForAnHour(raw: RawUsage): number {
  const details = Array.isArray(raw['cacheDetails']) ? raw['cacheDetails'].filter(isObject) : [];
  return details
    .filter(({ ttl }) => ttl === '1h')
    .reduce((sum, detail) => sum + requiredCountAt(detail, 'inputTokens'), 0);
}
