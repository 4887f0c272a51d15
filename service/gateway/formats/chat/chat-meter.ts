import type { SseEvent } from '../../streams/sse-event';
import type { MeterOptions, StreamFacts, StreamMeter } from '../call-format';
import { type JsonObject, objectIn, objectsIn, parseObject, textIn } from '../json';
import { factsOf, newStreamState, streamErrorOf } from '../stream-state';
import { ChatAssembler } from './chat-assembler';
import { chatOutputLength } from './chat-output';

/**
 * Reads a stream of Chat Completions. The usage stands in a chunk of its own without choices, where it was asked for;
 * some compatible servers put it into the last chunk with a choice, or a running one into each: the last counts.
 *
 * Source: platform.openai.com/docs/api-reference/chat-streaming
 */
export class ChatMeter implements StreamMeter {
  private readonly state = newStreamState();
  private readonly assembler: ChatAssembler | null;
  /** Choices that have begun and not ended. */
  private readonly open = new Set<unknown>();

  constructor(private readonly options: MeterOptions) {
    this.assembler = options.assemble ? new ChatAssembler() : null;
  }

  read({ data }: SseEvent): 'pass' | 'hide' {
    if (data === undefined) return 'pass';
    if (data === '[DONE]') {
      this.state.isComplete = true;
      return 'pass';
    }
    const chunk = parseObject(data);
    if (chunk === undefined) {
      this.assembler?.spoil();
      return 'pass';
    }
    if (chunk['error'] !== undefined && chunk['error'] !== null) {
      this.state.error = streamErrorOf(chunk['error']);
      return 'pass';
    }
    return this.readChunk(chunk);
  }

  facts(): StreamFacts {
    const { isComplete, finishReason, usage } = this.state;
    // Some compatible servers end without [DONE]: all choices have ended and the usage has come, so nothing is missing.
    const isOver = isComplete || (finishReason !== null && this.open.size === 0 && usage !== null);
    const facts = factsOf({ ...this.state, isComplete: isOver }, false);
    return { ...facts, isCacheable: facts.end === 'complete' && this.answer() !== null };
  }

  answer(): JsonObject | null {
    const { isComplete, error } = this.state;
    return isComplete && error === null ? (this.assembler?.answer() ?? null) : null;
  }

  private readChunk(chunk: JsonObject): 'pass' | 'hide' {
    const { state } = this;
    state.model = textIn(chunk, 'model') || state.model;
    state.serviceTier = textIn(chunk, 'service_tier') ?? state.serviceTier;
    const choices = objectsIn(chunk, 'choices');
    for (const choice of choices) this.readChoice(choice);
    this.assembler?.add(chunk);
    const usage = objectIn(chunk, 'usage');
    if (usage === undefined) return 'pass';
    state.usage = usage;
    return choices.length === 0 && !this.options.usageAsked ? 'hide' : 'pass';
  }

  private readChoice(choice: JsonObject): void {
    const delta = objectIn(choice, 'delta');
    if (delta !== undefined) this.state.outputCharacters += chatOutputLength(delta);
    const reason = textIn(choice, 'finish_reason');
    if (reason === undefined) {
      this.open.add(choice['index']);
    } else {
      this.open.delete(choice['index']);
      this.state.finishReason ??= reason;
    }
  }
}
