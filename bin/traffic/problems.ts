import { UsageError } from '../cli/command';

/** Problems of one kind that are shown in full; the others are counted. */
const SHOWN = 5;

/** Problems of the rows of a file, so that a user sees several of them at once. */
export class Problems {
  private readonly lines: string[] = [];
  private count = 0;

  /** @param file as the command was given it */
  constructor(private readonly file: string) {}

  /** @param place where in the file: `:17`, or `: data.result[0]` */
  add(place: string, message: string): void {
    this.count += 1;
    if (this.lines.length < SHOWN) this.lines.push(`${this.file}${place}: ${message}`);
  }

  /** @throws UsageError with a line for each of the first problems, and the count of the others */
  throwIfAny(): void {
    if (this.count === 0) return;
    const others = this.count - this.lines.length;
    const more =
      others > 0
        ? [`${this.file}: ${others} more ${others === 1 ? 'row has' : 'rows have'} such a problem`]
        : [];
    throw new UsageError([...this.lines, ...more].join('\n'));
  }
}

/** A cell of a file in quotes, shortened. */
export function quoted(cell: unknown): string {
  const text = String(cell);
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
