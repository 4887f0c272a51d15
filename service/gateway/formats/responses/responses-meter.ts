import type { SseEvent } from '../../streams/sse-event';
import type { MeterOptions, StreamFacts, StreamMeter } from '../call-format';
import { type JsonObject, objectIn, parseObject, textIn } from '../json';
import { factsOf, newStreamState, streamErrorOf } from '../stream-state';
import { readResponse } from './responses-output';

/** Events that end a stream with the response as it is then. */
const LAST: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete', 'response.failed']);

/** Deltas that are no text of the model: audio, and what programs that the provider runs print. */
const NO_TEXT = /^response\.(audio|shell_call_output_content)\./;

/**
 * Reads a stream of Responses: its last event has the whole response with its usage, so that nothing has to be put
 * together.
 *
 * Source: platform.openai.com/docs/api-reference/responses-streaming
 */
export class ResponsesMeter implements StreamMeter {
  private readonly state = newStreamState();
  private last: JsonObject | null = null;

  constructor(private readonly options: MeterOptions) {}

  read({ data }: SseEvent): 'pass' {
    const event = data === undefined ? undefined : parseObject(data);
    if (event === undefined) return 'pass';
    const type = textIn(event, 'type') ?? '';
    const delta = event['delta'];
    if (typeof delta === 'string' && type.endsWith('.delta') && !NO_TEXT.test(type)) {
      this.state.outputCharacters += delta.length;
    } else if (type === 'error') {
      this.state.error = streamErrorOf(objectIn(event, 'error') ?? event);
    } else {
      this.readResponse(type, objectIn(event, 'response'));
    }
    return 'pass';
  }

  facts(): StreamFacts {
    const isCacheable =
      this.state.error === null && this.last !== null && readResponse(this.last).isCacheable;
    return factsOf(this.state, isCacheable);
  }

  answer(): JsonObject | null {
    return this.options.assemble && this.facts().isCacheable ? this.last : null;
  }

  private readResponse(type: string, response: JsonObject | undefined): void {
    if (response === undefined) return;
    const { state } = this;
    const { model, usage, serviceTier, finishReason } = readResponse(response);
    state.model = model ?? state.model;
    state.usage = usage ?? state.usage;
    if (!LAST.has(type)) return;
    this.last = response;
    state.serviceTier = serviceTier;
    state.finishReason = finishReason;
    if (type === 'response.failed') state.error = streamErrorOf(response['error']);
    else state.isComplete = true;
  }
}
