import { anthropicMessages } from './anthropic-messages';
import type { CallFormat, FormatName } from './call-format';
import { openaiChat } from './openai-chat';
import { openaiEmbeddings } from './openai-embeddings';
import { openaiResponses } from './openai-responses';

/** The wire formats of the gateway, by name. */
export const FORMATS: Readonly<Record<FormatName, CallFormat>> = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  'openai-embeddings': openaiEmbeddings,
  'anthropic-messages': anthropicMessages,
};
