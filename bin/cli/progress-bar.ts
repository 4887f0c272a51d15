/** Characters of the bar. */
const WIDTH = 30;

/** Erases the line that the cursor is in. */
const CLEAR_LINE = '\r\u001b[K';

/**
 * A bar on a terminal that shows how much of the work is done; it writes nothing where the output is no terminal.
 * @param unit what is counted, such as requests
 * @returns called with how much is done of the total; the bar disappears when all of it is
 */
export function progressBar(stream: NodeJS.WriteStream, unit: string): (done: number, total: number) => void {
  return (done, total) => {
    if (!stream.isTTY) return;
    const share = Math.min(1, done / Math.max(1, total));
    if (share === 1 || total === 0) {
      stream.write(CLEAR_LINE);
      return;
    }
    const full = Math.floor(share * WIDTH);
    const bar = '#'.repeat(full) + '.'.repeat(WIDTH - full);
    const percent = String(Math.floor(100 * share)).padStart(3);
    const counts = `${done.toLocaleString('en')} of ${total.toLocaleString('en')} ${unit}`;
    stream.write(`\r[${bar}] ${percent} %, ${counts}`);
  };
}
