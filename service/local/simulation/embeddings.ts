import { type Body, embeddingOf } from './output-plan';
import { numberIn } from './wire-format';

/** Dimensions of an embedding where the call does not say; small, so that answers are small. */
const DIMENSIONS = 64;

/**
 * The answer of OpenAI's Embeddings: base64 of 32-bit floats where the call asks for it, as OpenAI's own clients do.
 *
 * Source: platform.openai.com/docs/api-reference/embeddings/create
 */
export function embeddingsAnswer(body: Body, inputTokens: number, reportsUsage: boolean): unknown {
  const input = body['input'];
  const texts = Array.isArray(input) && typeof input[0] !== 'number' ? input : [input];
  const dimensions = Math.min(4_096, numberIn(body, 'dimensions') ?? DIMENSIONS);
  return {
    object: 'list',
    data: texts.map((text, index) => {
      const values = embeddingOf(typeof text === 'string' ? text : JSON.stringify(text), dimensions);
      const embedding = body['encoding_format'] === 'base64' ? base64Of(values) : values;
      return { object: 'embedding', index, embedding };
    }),
    model: body['model'],
    ...(reportsUsage && { usage: { prompt_tokens: inputTokens, total_tokens: inputTokens } }),
  };
}

function base64Of(values: readonly number[]): string {
  return Buffer.from(Float32Array.from(values).buffer).toString('base64');
}
