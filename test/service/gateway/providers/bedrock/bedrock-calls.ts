import type { FormatName } from '../../../../../service/gateway/formats/call-format';
import { FORMATS } from '../../../../../service/gateway/formats/formats';
import type { JsonObject } from '../../../../../service/gateway/formats/json';
import type { ProviderAnswer, ProviderCall } from '../../../../../service/gateway/providers/provider';

/** A call as the gateway hands it to a provider. */
export function callOf(name: FormatName, body: JsonObject, rest: Partial<ProviderCall> = {}): ProviderCall {
  return {
    format: FORMATS[name],
    body,
    bytes: Buffer.from(JSON.stringify(body)),
    model: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
    stream: body['stream'] === true,
    projectId: '00000000-0000-7000-8000-000000000001',
    headers: {},
    idempotencyKey: 'key',
    firstByteMs: 10_000,
    silenceMs: 10_000,
    ...rest,
  };
}

/** All of an answer's body. */
export async function bodyOf(answer: ProviderAnswer): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of answer.body) parts.push(part);
  return Buffer.concat(parts);
}
