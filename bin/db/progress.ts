const WIDTH = 30;

/** A bar on a terminal that shows how many rows of `total` are there; nothing where the output is no terminal. */
export function rowProgress(stream: NodeJS.WriteStream): (done: number, total: number) => void {
  return (done, total) => {
    if (!stream.isTTY) return;
    const full = Math.floor((WIDTH * done) / Math.max(1, total));
    const bar = '#'.repeat(full) + '.'.repeat(WIDTH - full);
    const rows = `${done.toLocaleString('en')} of ${total.toLocaleString('en')} requests`;
    stream.write(done < total ? `\r[${bar}] ${rows}` : '\r\u001b[K');
  };
}
