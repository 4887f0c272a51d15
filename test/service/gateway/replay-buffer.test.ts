import fc from 'fast-check';
import { ReplayBudget, ReplayBuffer } from '../../../service/gateway/answers/replay-buffer';

const bytes = (text: string) => Buffer.from(text);

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A source that a test feeds. */
function feed() {
  const waiting: ((chunk: Uint8Array | null) => void)[] = [];
  let asked = 0;
  async function* source() {
    for (;;) {
      asked += 1;
      const chunk = await new Promise<Uint8Array | null>((resolve) => waiting.push(resolve));
      if (chunk === null) return;
      yield chunk;
    }
  }
  return {
    source: source(),
    asked: () => asked,
    async put(chunk: string | null) {
      await turn();
      waiting.shift()?.(chunk === null ? null : bytes(chunk));
      await turn();
    },
  };
}

describe('a stream for several readers', () => {
  test('begins at its beginning for each, and goes on live', async () => {
    const { source, put } = feed();
    const buffer = new ReplayBuffer({ budget: new ReplayBudget(), onClosed: () => undefined });
    const first = textOf(buffer.follow());
    const filled = buffer.fill(source);
    await put('one ');
    const second = textOf(buffer.follow());
    await put('two ');
    await put(null);
    await filled;
    expect(await first).toBe('one two ');
    expect(await second).toBe('one two ');
  });

  test('is read to its end without a reader: the result is wanted', async () => {
    const { source, put, asked } = feed();
    const buffer = new ReplayBuffer({ budget: new ReplayBudget(), onClosed: () => undefined });
    const reader = buffer.follow();
    const filled = buffer.fill(source);
    await put('one');
    await reader.next();
    await reader.return(undefined);
    await put('two');
    expect(asked()).toBe(3);
    await put(null);
    await filled;
  });

  test('cannot be joined above its bound, and is then as fast as its slowest reader', async () => {
    const closed = jest.fn();
    const budget = new ReplayBudget();
    const buffer = new ReplayBuffer({ budget, maxBytes: 100_000, onClosed: closed });
    let produced = 0;
    async function* source() {
      for (; produced < 40; produced += 1) yield Buffer.alloc(10_000);
    }
    const reader = buffer.follow();
    const filled = buffer.fill(source());
    await turn();
    expect(closed).toHaveBeenCalledTimes(1);
    expect(buffer.canJoin).toBe(false);
    expect(produced).toBeLessThan(12);
    for (let chunk = 0; chunk < 20; chunk += 1) await reader.next();
    await turn();
    // 64 KiB ahead of the reader, no more.
    expect(produced).toBeGreaterThan(20);
    expect(produced).toBeLessThan(29);
    let rest = 0;
    for await (const chunk of reader) rest += chunk.length;
    await filled;
    expect(rest).toBe(200_000);
    expect(budget).toMatchObject({ held: 0 });
  });

  test('gives its memory back, whoever reads how far', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 30 }),
        fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 40_000 }),
        async (sizes, stops, maxBytes) => {
          const budget = new ReplayBudget(60_000);
          const buffer = new ReplayBuffer({ budget, maxBytes, onClosed: () => undefined });
          async function* source() {
            for (const size of sizes) yield Buffer.alloc(size);
          }
          const readers = stops.map(async (stop) => {
            let [left, sum] = [stop, 0];
            for await (const chunk of buffer.follow()) {
              sum += chunk.length;
              left -= 1;
              if (left <= 0) return undefined;
            }
            return sum;
          });
          await Promise.all([buffer.fill(source()), ...readers]);
          const whole = sizes.reduce((sum, size) => sum + size, 0);
          for (const sum of await Promise.all(readers)) if (sum !== undefined) expect(sum).toBe(whole);
          expect(budget).toMatchObject({ held: 0 });
        },
      ),
      { numRuns: 50 },
    );
  });
});
