import type { CallFailure } from '../../formats/call-format';
import { parseObject } from '../../formats/json';
import { type ProviderCall, ProviderError } from '../provider';
import type { AnswerContext, BedrockApi } from './bedrock-api';
import { streamFailure } from './bedrock-errors';
import { type EventMessage, EventMessages } from './event-messages';

export interface TranslatedStreamProps {
  readonly api: BedrockApi;
  readonly call: ProviderCall;
  readonly context: AnswerContext;
  /** Bytes of the AWS event stream. */
  readonly chunks: AsyncIterableIterator<Uint8Array>;
  /** Name of the provider, for messages. */
  readonly name: string;
}

/** A stream that has begun, or the exception that stands in its place. */
export type OpenedStream = { readonly events: AsyncIterable<Uint8Array> } | { readonly failure: CallFailure };

/**
 * Turns an AWS event stream into server-sent events. Bedrock answers with status 200 before it knows whether the model
 * will: the first message is waited for, so that an exception there is an answer with an error status, which the gateway
 * may retry.
 * @throws {ProviderError} where the bytes are no event stream, or break off before the first message
 */
export async function openStream(props: TranslatedStreamProps): Promise<OpenedStream> {
  const messages = messagesOf(props);
  const first = await messages.next();
  if (first.done === true) throw new ProviderError('reset', `${props.name} ended its stream before it began`);
  const failure = streamFailure(first.value, props.context.requestId);
  return failure === null ? { events: translate(first.value, messages, props) } : { failure };
}

/** An exception in the middle ends the stream with an error event of the format. */
async function* translate(
  first: EventMessage,
  messages: AsyncGenerator<EventMessage>,
  { api, call, context }: TranslatedStreamProps,
): AsyncGenerator<Uint8Array> {
  const translator = api.translator(context);
  try {
    for (let next = first; ; ) {
      const failure = streamFailure(next, context.requestId);
      if (failure !== null) {
        yield call.format.failureEvent(failure);
        return;
      }
      yield* translator.translate(next.type, parseObject(Buffer.from(next.body).toString('utf8')) ?? {});
      const following = await messages.next();
      if (following.done === true) break;
      next = following.value;
    }
    yield* translator.end();
  } finally {
    await messages.return(undefined);
  }
}

async function* messagesOf({ chunks, name }: TranslatedStreamProps): AsyncGenerator<EventMessage> {
  const splitter = new EventMessages();
  for await (const chunk of chunks) yield* pushed(splitter, chunk, name);
  if (splitter.isCut) throw new ProviderError('reset', `${name} cut its stream within a message`);
}

/** @throws {ProviderError} where the bytes are no event stream */
function pushed(splitter: EventMessages, chunk: Uint8Array, name: string): EventMessage[] {
  try {
    return splitter.push(chunk);
  } catch (cause) {
    throw new ProviderError('malformed', `the stream of ${name} cannot be read`, { cause });
  }
}
