import { canonicalJson, isExact } from './body/canonical-json';
import { editObject, modelEdit } from './body/edit-object';
import { readModel, readText } from './body/read-fields';
import { TextCollector } from './body/text-collector';
import type { CallFormat } from './call-format';
import { openaiFailure, openaiFailureEvent, openaiPing } from './failures/openai-failure';
import type { JsonObject } from './json';
import { answerFacts } from './stream-state';

const OMITTED: ReadonlySet<string> = new Set(['model', 'user']);

/**
 * OpenAI's Embeddings, also of compatible servers: no output tokens, no streams, the same answer to the same text.
 *
 * Source: platform.openai.com/docs/api-reference/embeddings/create
 */
export const openaiEmbeddings: CallFormat = {
  name: 'openai-embeddings',
  path: '/embeddings',
  readCall: (body) => ({
    model: readModel(body),
    stream: false,
    user: readText(body, 'user'),
    serviceTier: null,
    maxOutputTokens: 0,
    choices: 1,
    images: 0,
    imageBytes: 0,
    hasOutsideInput: false,
    cacheability: isExact(body) ? 'default' : 'never',
  }),
  promptText,
  asksForUsage: () => true,
  upstreamBody: (bytes, body, { model }) => editObject(bytes, body, modelEdit(body, model)),
  cacheBody: (body) => canonicalJson(body, OMITTED),
  readAnswer: (answer) => {
    const { data } = answer;
    const isCacheable = Array.isArray(data) && data.length > 0;
    return answerFacts(answer, { finishReason: null, outputCharacters: 0, isCacheable });
  },
  meter: refuseStream,
  replay: refuseStream,
  failure: openaiFailure,
  failureEvent: openaiFailureEvent,
  ping: openaiPing,
};

function promptText({ input }: JsonObject, limit?: number): string {
  const texts = new TextCollector(limit);
  for (const text of Array.isArray(input) ? input : [input]) texts.add(text);
  return texts.toString();
}

function refuseStream(): never {
  throw new Error('embeddings have no streams');
}
