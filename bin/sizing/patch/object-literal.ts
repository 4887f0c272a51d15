/** A property of an object literal; offsets in the source text. */
export interface LiteralProperty {
  readonly key: string;
  /** Start of the key. */
  readonly start: number;
  readonly valueStart: number;
  /** End of the value, before its comma. */
  readonly valueEnd: number;
}

/** An object literal in a source text. */
export interface ObjectLiteral {
  /** Offset of its opening brace. */
  readonly open: number;
  /** Offset of its closing brace. */
  readonly close: number;
  readonly properties: readonly LiteralProperty[];
}

/** Comments and quoted text, which have no syntax. */
const OPAQUE = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

const KEY = /^(?:([A-Za-z_$][\w$]*)|'([^']*)'|"([^"]*)")\s*:\s*/;

/** The text with comments and quoted text blanked, so that offsets stay. */
export function syntaxOf(source: string): string {
  return source.replace(OPAQUE, (text) => text.replace(/[^\n]/g, ' '));
}

/**
 * The object literal whose brace is at an offset. Spreads, methods and computed keys are passed over.
 * @throws Error where there is no brace, or none closes it
 */
export function objectLiteral(source: string, syntax: string, open: number): ObjectLiteral {
  if (syntax[open] !== '{') throw new Error(`no object at offset ${open}`);
  const properties: LiteralProperty[] = [];
  let start = open + 1;
  let depth = 0;
  for (let at = start; at < syntax.length; at += 1) {
    const character = syntax[at] as string;
    if (depth === 0 && (character === ',' || character === '}')) {
      properties.push(...propertyOf(source, syntax, start, at));
      start = at + 1;
      if (character === '}') return { open, close: at, properties };
    }
    if ('{(['.includes(character)) depth += 1;
    if ('})]'.includes(character)) depth -= 1;
  }
  throw new Error(`no end of the object at offset ${open}`);
}

function propertyOf(source: string, syntax: string, from: number, end: number): LiteralProperty[] {
  // Comments before the key are blank in the syntax, and so is a quoted key.
  const start = from + skip(source.slice(from, end));
  const [whole, name, single, double] = KEY.exec(source.slice(start, end)) ?? [];
  if (whole === undefined) return [];
  const valueStart = start + whole.length;
  const text = source.slice(valueStart, end);
  // A comment after the value belongs to no value.
  const trailing = syntax.slice(valueStart, end).trimEnd().length;
  const isQuoted = /^['"`]/.test(text);
  const length = isQuoted
    ? (/^('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`)/.exec(text)?.[0].length ?? trailing)
    : trailing;
  return [{ key: name ?? single ?? double ?? '', start, valueStart, valueEnd: valueStart + length }];
}

/** Length of white space and comments at the beginning. */
function skip(text: string): number {
  return /^(?:\s|\/\*[\s\S]*?\*\/|\/\/[^\n]*\n)*/.exec(text)?.[0].length ?? 0;
}
