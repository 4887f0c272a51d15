import type { AnswerFacts } from '../call-format';
import { type JsonObject, objectIn, objectsIn, textIn } from '../json';
import { answerFacts } from '../stream-state';

/** What a whole response says. */
export function readResponse(response: JsonObject): AnswerFacts {
  const status = textIn(response, 'status') ?? null;
  const reason = textIn(objectIn(response, 'incomplete_details') ?? {}, 'reason');
  return answerFacts(response, {
    finishReason: reason ?? status,
    outputCharacters: objectsIn(response, 'output').reduce((sum, item) => sum + itemLength(item), 0),
    isCacheable: status === 'completed' && !objectIn(response, 'error'),
  });
}

/** Characters of output in an item: text, refusal, reasoning, arguments, code. */
function itemLength(item: JsonObject): number {
  const parts = [...objectsIn(item, 'content'), ...objectsIn(item, 'summary')];
  const texts = [
    ...parts.map((part) => textIn(part, 'text') ?? textIn(part, 'refusal')),
    ...['arguments', 'input', 'code'].map((field) => textIn(item, field)),
  ];
  return texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
}
