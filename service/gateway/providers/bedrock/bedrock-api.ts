import type { JsonObject } from '../../formats/json';
import type { ProviderCall } from '../provider';
import type { BedrockOperation } from './endpoint';

/** What an answer needs beside what Bedrock says in it. */
export interface AnswerContext {
  /** Name of the model in the call to Bedrock. */
  readonly model: string;
  /** Bedrock's id of the request. */
  readonly requestId: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** Headers of Bedrock's answer, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Turns the events of a stream into server-sent events of the call's format. */
export interface StreamTranslator {
  /** The events that one of Bedrock's makes, as bytes; none where the format has nothing like it. */
  translate(type: string, event: JsonObject): readonly Uint8Array[];
  /** The events at the end of the stream. */
  end(): readonly Uint8Array[];
}

/** One of Bedrock's APIs behind one of the gateway's formats. Pure. */
export interface BedrockApi {
  operation(stream: boolean): BedrockOperation;
  /** Name of the model in the address. */
  modelOf(model: string): string;
  /**
   * The body for Bedrock.
   * @throws {ProviderError} of kind `unsupported` that names what cannot be translated
   */
  requestBody(call: ProviderCall): Uint8Array;
  /** A whole answer in the call's format. */
  answer(answer: JsonObject, context: AnswerContext): JsonObject;
  translator(context: AnswerContext): StreamTranslator;
}
