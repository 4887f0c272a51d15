import type { Member, Shape } from './shapes';

/** How a protocol writes values. */
export interface Dialect {
  /** Name of a member in the message. */
  readonly nameOf: (name: string, member: Member) => string;
  /** Whether all simple values are texts. */
  readonly isText: boolean;
  /** Items of a list. @returns undefined where the value is no list in this protocol */
  readonly itemsOf: (value: unknown, list: Member) => readonly unknown[] | undefined;
}

/** What is wrong with a value of a message: unknown members, missing required ones, other types. */
export function valueProblems(value: unknown, member: Member, dialect: Dialect, path: string): string[] {
  const { shape } = member;
  switch (shape.kind) {
    case 'structure':
      return structureProblems(value, shape, dialect, path);
    case 'list': {
      const items = dialect.itemsOf(value, member);
      if (items === undefined) return [`${path} is no list`];
      return items.flatMap((item, index) => valueProblems(item, shape.element, dialect, `${path}[${index}]`));
    }
    case 'map':
      return isObject(value) ? [] : [`${path} is no map`];
    default:
      return isSimple(value, shape.kind, dialect.isText) ? [] : [`${path} is no ${shape.kind}`];
  }
}

function structureProblems(
  value: unknown,
  shape: Shape & { readonly kind: 'structure' },
  dialect: Dialect,
  path: string,
): string[] {
  // An element without content is an empty text.
  const object = value === '' && dialect.isText ? {} : value;
  if (!isObject(object)) return [`${path} is no structure`];
  const members = new Map(
    [...shape.members].map(([name, member]) => [dialect.nameOf(name, member()), { name, member }] as const),
  );
  const problems = Object.entries(object).flatMap(([key, inner]) => {
    const found = members.get(key);
    if (!found) return [`${path}.${key} is not in the model of ${shape.name}`];
    return valueProblems(inner, found.member(), dialect, `${path}.${key}`);
  });
  const present = new Set(Object.keys(object).map((key) => members.get(key)?.name));
  const missing = shape.required.filter((name) => !present.has(name) && isInBody(shape, name));
  return [...problems, ...missing.map((name) => `${path}.${name} is required by ${shape.name}`)];
}

/** Members in headers and paths are not in the body. */
function isInBody(shape: Shape & { readonly kind: 'structure' }, name: string): boolean {
  const { traits } = shape.members.get(name)?.() ?? { traits: {} };
  return !['httpLabel', 'httpQuery', 'httpHeader', 'httpPayload'].some((trait) => trait in traits);
}

function isSimple(value: unknown, kind: string, isText: boolean): boolean {
  if (kind === 'document' || kind === 'blob') return true;
  if (isText) {
    if (typeof value !== 'string') return false;
    if (kind === 'number') return value !== '' && Number.isFinite(Number(value));
    if (kind === 'boolean') return value === 'true' || value === 'false';
    return kind === 'string' || Number.isFinite(Date.parse(value));
  }
  return typeof value === (kind === 'timestamp' ? 'number' : kind);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
