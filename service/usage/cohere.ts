import { countAt, objectAt, type RawUsage, UsageProblem, usageOf } from './read-counts';
import type { Usage } from './token-usage';

/**
 * Usage of Cohere's Chat, Embed and Rerank: `billed_units` are what is charged, `tokens` what the model saw.
 *
 * Source: docs.cohere.com/reference/chat (`usage`), docs.cohere.com/reference/rerank (`meta.billed_units`)
 */
export function readCohere(raw: RawUsage): Usage {
  const billed = objectAt(raw, 'billed_units') ?? objectAt(raw, 'tokens') ?? {};
  const input = countAt(billed, 'input_tokens');
  const searches = countAt(billed, 'search_units');
  if (input === undefined && searches === undefined) {
    throw new UsageProblem(
      'usage.billed_units has neither input_tokens nor search_units; absent is not zero',
    );
  }
  return usageOf(
    { input: input ?? 0, output: countAt(billed, 'output_tokens') ?? 0 },
    { rerank_searches: searches },
  );
}
