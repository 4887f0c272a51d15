/** Collects texts, a line between them, until there are enough. */
export class TextCollector {
  private readonly texts: string[] = [];
  private characters = 0;

  /** @param limit characters after which no text is taken; the last one is whole */
  constructor(private readonly limit = Number.POSITIVE_INFINITY) {}

  get isFull(): boolean {
    return this.characters >= this.limit;
  }

  /** Takes a value where it is a text that is not empty. */
  add(text: unknown): void {
    if (typeof text !== 'string' || text === '' || this.isFull) return;
    this.texts.push(text);
    this.characters += text.length + 1;
  }

  toString(): string {
    return this.texts.join('\n');
  }
}
