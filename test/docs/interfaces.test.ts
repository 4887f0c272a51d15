import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/** Folders whose exported interfaces are documented in full. */
const FOLDERS = ['lib', 'k8s'];

/** Words that a sentence needs and that say nothing about a property. */
const STOP_WORDS = new Set(
  'a an and are as at be by for from has in is it its of on or that the their these this those to when whether which with'.split(
    ' ',
  ),
);

/** A property or method of an exported interface, or of an object type that is written inside one. */
interface Member {
  /** Interface and names down to the member, e.g. `PodTargetGroupProps.cluster.name`. */
  readonly path: string;
  readonly line: number;
  readonly optional: boolean;
  /** Text of the `/** *\/` directly before it; undefined without one. */
  readonly doc: string | undefined;
}

/** Comments and quoted text: whatever is in them is no syntax. */
const OPAQUE = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

const blank = (text: string) => text.replace(/[^\n]/g, ' ');

/** Members of all exported interfaces of a source text. */
function membersOf(source: string): Member[] {
  return [...source.matchAll(/^export interface (\w+)/gm)].flatMap(({ index, 1: name = '' }) => {
    const text = source.slice(index);
    const syntax = text.replace(OPAQUE, blank);
    const line = (offset: number) => source.slice(0, index + offset).split('\n').length;
    return membersInBraces(text, syntax, syntax.indexOf('{')).map(({ offset, ...member }) => ({
      ...member,
      path: `${name}.${member.path}`,
      line: line(offset),
    }));
  });
}

/** Members between the brace at `open` and its partner; `syntax` is `text` with comments and quoted text blanked. */
function membersInBraces(
  text: string,
  syntax: string,
  open: number,
): (Omit<Member, 'line'> & { offset: number })[] {
  return statements(syntax, open).flatMap(({ start, end }) => {
    const code = syntax.slice(start, end);
    const offset = start + code.search(/\S/);
    const [, name, question] =
      /^(?:readonly\s+)?([\w$]+|'[^']+')(\?)?\s*[:(<]/.exec(text.slice(offset)) ?? [];
    if (name === undefined) return []; // an index signature, or a mapped type
    const [, doc] = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(text.slice(start, offset)) ?? [];
    const nested = objectTypes(syntax, offset, end).flatMap((brace) => membersInBraces(text, syntax, brace));
    return [
      { path: name, offset, optional: question === '?', doc },
      ...nested.map((member) => ({ ...member, path: `${name}.${member.path}` })),
    ];
  });
}

/** The parts of a block that semicolons end, each with the comments before it. */
function statements(syntax: string, open: number): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  let start = open + 1;
  let depth = 0;
  for (let at = start; at < syntax.length; at++) {
    const character = syntax[at] as string;
    if ('{(['.includes(character)) depth++;
    if (depth === 0 && character === ';') {
      found.push({ start, end: at });
      start = at + 1;
    }
    if (depth === 0 && character === '}') {
      // The last member of a type on one line may go without a semicolon.
      return syntax.slice(start, at).trim() === '' ? found : [...found, { start, end: at }];
    }
    if ('})]'.includes(character)) depth--;
  }
  return found;
}

/** Outermost braces of a member's type; what stands in parentheses is a parameter. */
function objectTypes(syntax: string, start: number, end: number): number[] {
  const found: number[] = [];
  let depth = 0;
  for (let at = start; at < end; at++) {
    const character = syntax[at] as string;
    if (depth === 0 && character === '{') found.push(at);
    if ('{('.includes(character)) depth++;
    if ('})'.includes(character)) depth--;
  }
  return found;
}

/** Lower-case words in the singular, of a sentence or of a name. */
function wordsOf(text: string): string[] {
  return (
    text
      .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .match(/[a-z0-9%]+/g) ?? []
  ).map((word) => word.replace(/(?<=..)s$/, ''));
}

/** Whether a description has a word that the names before it do not have. */
function saysMoreThan(path: string, doc: string): boolean {
  const description = doc.split('@')[0] ?? '';
  const known = new Set(wordsOf(path));
  return wordsOf(description).some((word) => !known.has(word) && !STOP_WORDS.has(word));
}

/** What is missing from the docs of a source text, by line. */
function gapsOf(file: string, source: string): string[] {
  return membersOf(source).flatMap(({ path, line, optional, doc }) => {
    const gaps = [
      ...(doc === undefined ? ['has no doc'] : []),
      ...(doc !== undefined && !saysMoreThan(path, doc) ? ['has a doc that says no more than its name'] : []),
      ...(optional && !doc?.includes('@default') ? ['is optional without @default'] : []),
    ];
    return gaps.map((gap) => `${file}:${line} ${path} ${gap}`);
  });
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sourceFiles(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

test.each(FOLDERS)('every property of an exported interface in %s/ is documented', (folder) => {
  const gaps = sourceFiles(folder).flatMap((file) => gapsOf(file, readFileSync(join(ROOT, file), 'utf8')));
  expect(gaps).toEqual([]);
});

const EXAMPLE = `
interface Private { readonly silent: string }

/** An example. */
export interface Example extends Omit<Other, 'a' | 'b{'> {
  /** Idle time after which it ends, seconds; "{" and it's no syntax. */
  readonly good: number;
  // a plain comment is no doc
  readonly silent: string;
  /** Of what follows. @default 1 */

  readonly apart?: number;
  /** The health checks. */
  readonly healthCheck: number;
  /** How long to wait, seconds. */
  readonly optional?: number;
  /** @default 'x' */
  readonly onlyDefault?: string;
  /** Cluster of the pods. */
  readonly nested: { readonly a: string; /** Port of b. */ readonly b: number };
  readonly list: readonly {
    /** Unique in its list. */
    readonly id: 'a;' | 'b}';
    readonly bare?: { readonly deep: string };
  }[];
  readonly callback: (props: { readonly parameter: string }) => void;
  method(options?: { size: number }): string;
  readonly [key: string]: unknown;
}

export interface Empty {}
`;

test('finds undocumented properties, docs that repeat the name, and missing defaults', () => {
  expect(gapsOf('example.ts', EXAMPLE)).toEqual([
    'example.ts:9 Example.silent has no doc',
    'example.ts:14 Example.healthCheck has a doc that says no more than its name',
    'example.ts:16 Example.optional is optional without @default',
    'example.ts:18 Example.onlyDefault has a doc that says no more than its name',
    'example.ts:20 Example.nested.a has no doc',
    'example.ts:21 Example.list has no doc',
    'example.ts:24 Example.list.bare has no doc',
    'example.ts:24 Example.list.bare is optional without @default',
    'example.ts:24 Example.list.bare.deep has no doc',
    'example.ts:26 Example.callback has no doc',
    'example.ts:27 Example.method has no doc',
  ]);
});
