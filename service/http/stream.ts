import { Readable } from 'node:stream';

/**
 * A body from pieces of text. It waits for the first piece, so that an error before it gets an answer of its own; a
 * later error cuts the connection. A caller who leaves ends the generator.
 */
export async function streamOf(pieces: AsyncIterable<string>): Promise<Readable> {
  const iterator = pieces[Symbol.asyncIterator]();
  const first = await iterator.next();
  async function* all() {
    try {
      if (first.done === true) return;
      yield first.value;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
        yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return Readable.from(all(), { objectMode: false });
}
