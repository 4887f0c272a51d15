import { editObject } from '../../formats/body/edit-object';
import { wholeNumberIn } from '../../formats/json';
import type { BedrockApi } from './bedrock-api';
import { invokeModel } from './invoke-model';

/**
 * Anthropic's count of tokens, by CountTokens: it takes the body that InvokeModel would, in base64. That body needs a
 * limit of tokens, which a count has not and which changes no count.
 *
 * Source: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html
 */
export const countTokens: BedrockApi = {
  operation: () => 'count-tokens',
  // Profiles of several regions are refused there; the model's own name counts the same.
  modelOf: (model) => model.replace(/^[a-z-]+\.(?=anthropic\.)/, ''),
  requestBody: (call) => {
    const { body, bytes } = call;
    const limited = 'max_tokens' in body ? bytes : editObject(bytes, body, { max_tokens: '1' });
    const invoked = Buffer.from(invokeModel.requestBody({ ...call, bytes: limited })).toString('base64');
    return Buffer.from(JSON.stringify({ input: { invokeModel: { body: invoked } } }));
  },
  answer: (answer) => ({ input_tokens: wholeNumberIn(answer, 'inputTokens') ?? 0 }),
  translator: () => {
    throw new Error('a count of tokens has no stream');
  },
};
