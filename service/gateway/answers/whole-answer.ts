import { isJsonObject, type JsonObject, parseObject } from '../formats/json';
import { streamErrorOf } from '../formats/stream-state';
import type { ProviderAnswer } from '../providers/provider';
import type { Target } from '../upstream/model-routes';
import { readWhole } from './read-whole';

/** Longest code of a failure in the ledger, characters. */
export const MAX_ERROR_CODE = 64;

/** A provider called its answer a good one, and it is no JSON object. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';

  /** @param isPart whether it begins as an answer does, so that the provider has probably charged for it */
  constructor(
    provider: string,
    status: number,
    readonly isPart: boolean,
  ) {
    super(`${provider} answered ${status} with what is no JSON object.`);
  }
}

/** A whole answer; `answer` is undefined for errors. @throws NoAnswerError where the provider says it is one, and it is none */
export async function readAnswer(upstream: ProviderAnswer & { readonly target: Target }) {
  const { status, target } = upstream;
  const bytes = await readWhole(upstream);
  const text = bytes.toString();
  if (status >= 400) return { bytes, text, answer: undefined };
  const answer = parseObject(text);
  if (answer === undefined)
    throw new NoAnswerError(target.provider, status, text.trimStart().startsWith('{'));
  return { bytes, text, answer };
}

/** Code of a whole answer that is an error, also of one that came with a good status, as some gateways do it. */
export function wholeErrorCode(status: number, answer: JsonObject | undefined): string | null {
  if (status >= 400) return `provider_${status}`;
  const error = answer?.['error'];
  return isJsonObject(error) ? streamErrorOf(error).code.slice(0, MAX_ERROR_CODE) : null;
}
