import { progressBar } from '../../../bin/cli/progress-bar';

/** What a bar writes to a stream. */
function written(isTTY: boolean, ...steps: [done: number, total: number][]): string[] {
  const texts: string[] = [];
  const stream = { isTTY, write: (text: string) => texts.push(text) } as unknown as NodeJS.WriteStream;
  const show = progressBar(stream, 'requests');
  for (const [done, total] of steps) show(done, total);
  return texts;
}

test('shows the share that is done, and disappears at the end', () => {
  expect(written(true, [0, 3000], [1500, 3000], [3000, 3000])).toEqual([
    `\r[${'.'.repeat(30)}]   0 %, 0 of 3,000 requests`,
    `\r[${'#'.repeat(15)}${'.'.repeat(15)}]  50 %, 1,500 of 3,000 requests`,
    '\r\u001b[K',
  ]);
});

test('disappears where there is nothing to do', () => {
  expect(written(true, [0, 0])).toEqual(['\r\u001b[K']);
});

test('writes nothing to a file or a pipe', () => {
  expect(written(false, [1, 2])).toEqual([]);
});
