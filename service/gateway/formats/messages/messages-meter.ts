import type { SseEvent } from '../../streams/sse-event';
import type { MeterOptions, StreamFacts, StreamMeter } from '../call-format';
import { type JsonObject, objectIn, parseObject, textIn } from '../json';
import { factsOf, newStreamState, streamErrorOf } from '../stream-state';
import { MessagesAssembler } from './messages-assembler';
import { blockLength, mergedUsage, readMessage, tierOf } from './messages-output';

/** Characters of a token, as in estimates of the whole service. */
const CHARACTERS_PER_TOKEN = 4;

/** Fields of deltas whose text is output; a signature is none. */
const OUTPUT_FIELDS = ['text', 'thinking', 'partial_json'];

/**
 * Reads a stream of Messages. `message_start` has the input's tokens, `message_delta` the totals: without it only the
 * input is known.
 *
 * Source: platform.claude.com/docs/en/build-with-claude/streaming
 */
export class MessagesMeter implements StreamMeter {
  private readonly state = newStreamState();
  private readonly assembler: MessagesAssembler | null;
  /** Usage of `message_start`, and of the last `message_delta` over it. */
  private counted: JsonObject | null = null;

  constructor({ assemble }: MeterOptions) {
    this.assembler = assemble ? new MessagesAssembler() : null;
  }

  read({ event: name, data }: SseEvent): 'pass' {
    if (data === undefined) return 'pass';
    const event = parseObject(data);
    if (event === undefined) {
      this.assembler?.spoil();
      return 'pass';
    }
    const type = textIn(event, 'type') ?? name;
    this.readEvent(type, event);
    this.assembler?.add(type, event);
    return 'pass';
  }

  facts(): StreamFacts {
    return factsOf(this.state, this.wholeAnswer() !== null, this.partialUsage());
  }

  answer(): JsonObject | null {
    return this.wholeAnswer();
  }

  private readEvent(type: string, event: JsonObject): void {
    const { state } = this;
    if (type === 'message_start') {
      const message = objectIn(event, 'message') ?? {};
      state.model = textIn(message, 'model') ?? null;
      this.counted = objectIn(message, 'usage') ?? null;
      state.serviceTier = tierOf(this.counted);
    } else if (type === 'content_block_start') {
      state.outputCharacters += blockLength(objectIn(event, 'content_block') ?? {});
    } else if (type === 'content_block_delta') {
      const delta = objectIn(event, 'delta') ?? {};
      for (const field of OUTPUT_FIELDS) state.outputCharacters += textIn(delta, field)?.length ?? 0;
    } else if (type === 'message_delta') {
      this.readTotals(event);
    } else if (type === 'message_stop') {
      state.isComplete = true;
    } else if (type === 'error') {
      state.error = streamErrorOf(event['error']);
    }
  }

  private readTotals(event: JsonObject): void {
    const { state } = this;
    state.finishReason = textIn(objectIn(event, 'delta') ?? {}, 'stop_reason') ?? state.finishReason;
    const usage = objectIn(event, 'usage');
    if (usage === undefined) return;
    this.counted = mergedUsage(this.counted, usage);
    state.usage = this.counted;
    state.serviceTier = tierOf(this.counted);
  }

  /** Where the stream was cut: the input as reported, the output estimated. */
  private partialUsage(): JsonObject | null {
    if (this.state.usage !== null || this.counted === null) return null;
    const output_tokens = Math.ceil(this.state.outputCharacters / CHARACTERS_PER_TOKEN);
    return { ...this.counted, output_tokens };
  }

  private wholeAnswer(): JsonObject | null {
    const { isComplete, error } = this.state;
    if (!isComplete || error !== null) return null;
    const answer = this.assembler?.answer() ?? null;
    return answer !== null && readMessage(answer).isCacheable ? answer : null;
  }
}
