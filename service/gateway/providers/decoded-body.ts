import { Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ProviderError } from './provider';

/** Codings that servers use although `accept-encoding: identity` asks for none (RFC 9110, 8.4.1). */
const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * A body without its content coding; chunks come as soon as they can be decoded.
 * @param coding value of `content-encoding`
 * @returns the body itself where it has none
 * @throws ProviderError `malformed` where the coding is unknown; the body throws it where the bytes are not in it
 */
export function decodedBody(body: AsyncIterable<Uint8Array>, coding: string): AsyncIterable<Uint8Array> {
  const name = coding.trim().toLowerCase();
  if (name === '' || name === 'identity') return body;
  const decoder = DECODERS[name];
  if (decoder === undefined) {
    throw new ProviderError(
      'malformed',
      `the answer has the unknown content-encoding '${name.slice(0, 40)}'`,
    );
  }
  return decode(body, decoder());
}

async function* decode(body: AsyncIterable<Uint8Array>, decoder: Transform): AsyncGenerator<Uint8Array> {
  const source = Readable.from(body, { objectMode: false });
  source.once('error', (error) => decoder.destroy(error));
  source.pipe(decoder);
  try {
    for await (const chunk of decoder) yield chunk;
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    throw new ProviderError('malformed', 'the answer is not in its content-encoding', { cause: error });
  } finally {
    // Ends the answer where its reader has stopped.
    source.destroy();
  }
}
