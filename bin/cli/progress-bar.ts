const WIDTH = 30;

/**
 * A bar on a terminal that shows how much of the work is done; nothing where the output is not a terminal.
 * @returns called with how much more is done; with `Infinity` at the end, which clears the bar
 */
export function progressBar(total: number, stream: NodeJS.WriteStream): (more: number) => void {
  let done = 0;
  return (more) => {
    if (!stream.isTTY) return;
    done += more;
    if (done === Number.POSITIVE_INFINITY) {
      stream.write('\r\u001b[K');
      return;
    }
    const share = Math.min(1, done / total);
    const full = Math.round(share * WIDTH);
    const percent = String(Math.floor(100 * share)).padStart(3);
    stream.write(
      `\r[${'#'.repeat(full)}${'../backtest'.repeat(WIDTH - full)}] ${percent} %, ${done} of ${total} moments`,
    );
  };
}
