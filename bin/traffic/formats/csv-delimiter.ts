/** Lines from which the delimiter is told. */
const SAMPLED_LINES = 50;

/** Rarest in other roles first: a comma may also be a decimal comma. */
const DELIMITERS = [';', '\t', ','] as const;

/** Excel's own first line, which names the delimiter; Grafana writes it too. */
const EXCEL_LINE = /^sep=(.)(?=\r?\n)/i;

/** How the fields of a CSV are separated. */
export interface Delimited {
  readonly delimiter: string;
  /** The text, with an empty line in place of Excel's `sep=;`, so that line numbers stay. */
  readonly text: string;
}

/** Part of the first lines in which the delimiter stands; titles above the header may lack it. */
const LEAST_SHARE = 0.8;

/** The delimiter that stands in nearly all of the first lines, outside quotes; a comma where none does. */
export function findDelimiter(text: string): Delimited {
  const named = EXCEL_LINE.exec(text);
  if (named) return { delimiter: named[1] as string, text: text.slice(named[0].length) };
  const lines = firstLines(text).map((line) => line.replace(/"[^"]*"/g, ''));
  const delimiter = DELIMITERS.find(
    (one) => lines.filter((line) => line.includes(one)).length >= Math.max(1, LEAST_SHARE * lines.length),
  );
  return { delimiter: delimiter ?? ',', text };
}

function firstLines(text: string): string[] {
  const lines: string[] = [];
  for (let start = 0; start < text.length && lines.length < SAMPLED_LINES; ) {
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end < 0 ? undefined : end).trim();
    if (line !== '') lines.push(line);
    start = end < 0 ? text.length : end + 1;
  }
  return lines;
}
