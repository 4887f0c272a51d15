import { type JsonObject, objectIn, textIn } from '../../formats/json';
import { encodeEvent } from '../../streams/sse-encoder';
import type { AnswerContext, StreamTranslator } from './bedrock-api';
import { chatUsage, finishReason } from './converse-usage';

/**
 * Translates the events of ConverseStream into the chunks of a chat.
 *
 * Source: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
 */
export class ConverseTranslator implements StreamTranslator {
  /** Numbers of the tool calls by their content block. */
  private readonly calls = new Map<unknown, number>();
  private hasStopped = false;

  constructor(private readonly context: AnswerContext) {}

  translate(type: string, event: JsonObject): readonly Uint8Array[] {
    switch (type) {
      case 'messageStart':
        return [this.part({ role: 'assistant', content: '' })];
      case 'contentBlockStart':
        return this.startBlock(event);
      case 'contentBlockDelta':
        return this.delta(event['contentBlockIndex'], objectIn(event, 'delta') ?? {});
      case 'messageStop':
        this.hasStopped = true;
        return [this.part({}, finishReason(event['stopReason']))];
      case 'metadata':
        return this.metadata(event);
      default:
        return [];
    }
  }

  /** The last event, which says that nothing is missing. */
  end(): readonly Uint8Array[] {
    return this.hasStopped ? [encodeEvent('', '[DONE]')] : [];
  }

  private startBlock({ contentBlockIndex, start }: JsonObject): Uint8Array[] {
    const call = objectIn(objectIn({ start }, 'start') ?? {}, 'toolUse');
    if (call === undefined) return [];
    const index = this.calls.size;
    this.calls.set(contentBlockIndex, index);
    const called = { name: call['name'], arguments: '' };
    return [
      this.part({ tool_calls: [{ index, id: call['toolUseId'], type: 'function', function: called }] }),
    ];
  }

  private delta(block: unknown, delta: JsonObject): Uint8Array[] {
    const text = textIn(delta, 'text');
    if (text !== undefined) return [this.part({ content: text })];
    const reasoning = textIn(objectIn(delta, 'reasoningContent') ?? {}, 'text');
    if (reasoning !== undefined) return [this.part({ reasoning_content: reasoning })];
    const input = textIn(objectIn(delta, 'toolUse') ?? {}, 'input');
    const index = this.calls.get(block);
    if (input === undefined || index === undefined) return [];
    return [this.part({ tool_calls: [{ index, function: { arguments: input } }] })];
  }

  /** The usage, in a chunk of its own; the gateway keeps it from callers who did not ask. */
  private metadata(event: JsonObject): Uint8Array[] {
    const usage = chatUsage(event);
    const tier = textIn(objectIn(event, 'serviceTier') ?? {}, 'type');
    if (usage === undefined) return [];
    return [this.chunk([], { usage, ...(tier !== undefined && { service_tier: tier }) })];
  }

  private part(delta: JsonObject, finish: string | null = null): Uint8Array {
    return this.chunk([{ index: 0, delta, logprobs: null, finish_reason: finish }]);
  }

  private chunk(choices: readonly JsonObject[], rest: JsonObject = {}): Uint8Array {
    const { requestId, created, model } = this.context;
    const chunk = {
      id: `chatcmpl-${requestId}`,
      object: 'chat.completion.chunk',
      created,
      model,
      choices,
      ...rest,
    };
    return encodeEvent('', JSON.stringify(chunk));
  }
}
