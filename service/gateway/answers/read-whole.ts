import { type ProviderAnswer, ProviderError } from '../providers/provider';
import { ReceivedBody } from '../providers/received-body';

/** Longest whole answer, bytes. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** A whole answer. @throws ProviderError where the provider breaks it off, or it is too long */
export async function readWhole({ body, cancel }: Pick<ProviderAnswer, 'body' | 'cancel'>): Promise<Buffer> {
  if (body instanceof ReceivedBody) return body.readWhole(MAX_ANSWER_BYTES);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) {
      cancel();
      throw new ProviderError('malformed', `the answer has more than ${MAX_ANSWER_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
