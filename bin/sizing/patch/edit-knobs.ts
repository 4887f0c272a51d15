import { UsageError } from '../../cli/command';
import type { KnobChange } from '../knob-changes';
import { type LiteralProperty, type ObjectLiteral, objectLiteral, syntaxOf } from './object-literal';

/** Where the environments begin in `environments.ts`. */
const BEGIN = /export const environments\b[^=]*=\s*/;

/**
 * The text of `environments.ts` with other values of an environment's knobs. A knob that is absent is added at the end
 * of its section, a section that is absent at the end of the environment.
 * @throws UsageError where the file has another form, or the environment is not in it
 */
export function editKnobs(
  source: string,
  environment: string,
  changes: readonly Pick<KnobChange, 'path' | 'to'>[],
): string {
  return changes.reduce(
    (text, { path, to }) => editKnob(text, environment, path.split('.'), literal(to)),
    source,
  );
}

function editKnob(source: string, environment: string, path: readonly string[], value: string): string {
  const syntax = syntaxOf(source);
  const begin = BEGIN.exec(syntax);
  if (!begin) throw new UsageError('lib/config/environments.ts must have `export const environments = {`');
  const all = objectLiteral(source, syntax, begin.index + begin[0].length);
  const own = find(all, environment);
  if (!own) throw new UsageError(`lib/config/environments.ts must have the environment ${environment}`);
  let section = sectionOf(source, syntax, own, environment);
  for (const [depth, key] of path.entries()) {
    const property = find(section, key);
    const rest = path.slice(depth + 1);
    if (!property) return insert(source, section, `${key}: ${nested(rest, value)}`);
    if (rest.length === 0) {
      return source.slice(0, property.valueStart) + value + source.slice(property.valueEnd);
    }
    section = sectionOf(source, syntax, property, path.slice(0, depth + 1).join('.'));
  }
  return source;
}

function find({ properties }: ObjectLiteral, key: string): LiteralProperty | undefined {
  return properties.find((property) => property.key === key);
}

function sectionOf(source: string, syntax: string, property: LiteralProperty, name: string): ObjectLiteral {
  if (syntax[property.valueStart] !== '{') {
    throw new UsageError(`${name} in lib/config/environments.ts must be an object that is written out there`);
  }
  return objectLiteral(source, syntax, property.valueStart);
}

/** After the last property: on a line of its own, or on the section's only line. */
function insert(source: string, { open, close, properties }: ObjectLiteral, text: string): string {
  const last = properties.at(-1);
  const body = source.slice(open, close);
  if (!body.includes('\n')) {
    const before = source.slice(0, last?.valueEnd ?? open + 1);
    return `${before}${last ? ', ' : ' '}${text} ${source.slice(close)}`;
  }
  const indent = /[ \t]*$/.exec(source.slice(0, close))?.[0] ?? '';
  const end = source.slice(0, close).trimEnd().length;
  const comma = last && source.slice(last.valueEnd, close).trimStart().startsWith(',') ? '' : ',';
  return `${source.slice(0, end)}${last ? comma : ''}\n${indent}  ${text},\n${indent}${source.slice(close)}`;
}

function nested(path: readonly string[], value: string): string {
  return path.reduceRight((inner, key) => `{ ${key}: ${inner} }`, value);
}

/** As biome writes it: numbers of five digits and more with separators. */
function literal(value: KnobChange['to']): string {
  if (typeof value !== 'number') return value === null ? 'null' : `'${value}'`;
  if (!Number.isInteger(value) || value < 10_000) return String(value);
  return String(value).replace(/\B(?=(\d{3})+$)/g, '_');
}
