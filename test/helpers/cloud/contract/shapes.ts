/**
 * The shapes of the public API models, as the pinned clients of AWS carry them: arrays that begin with a number for the
 * type. Structures name their members, the required ones first, with their count at the end.
 */

/** Traits of a member or shape: XML names, HTTP bindings. */
export type Traits = Readonly<Record<string, unknown>>;

export interface Member {
  readonly shape: Shape;
  readonly traits: Traits;
}

export type Shape =
  | { readonly kind: 'string' | 'number' | 'boolean' | 'timestamp' | 'blob' | 'document' }
  | { readonly kind: 'list'; readonly element: Member }
  | { readonly kind: 'map'; readonly value: Member }
  | {
      readonly kind: 'structure';
      readonly name: string;
      readonly members: ReadonlyMap<string, () => Member>;
      readonly required: readonly string[];
    };

const LIST = 64;
const MAP = 128;
/** Bits of traits that are a number. */
const BITS = ['httpLabel', 'idempotent', 'idempotencyToken', 'sensitive', 'httpPayload', 'httpResponseCode'];

export function traitsOf(raw: unknown): Traits {
  if (typeof raw === 'number') {
    return Object.fromEntries(BITS.filter((_, bit) => (raw >> bit) & 1).map((name) => [name, 1]));
  }
  return typeof raw === 'object' && raw !== null ? (raw as Traits) : {};
}

/** A member: a shape, or a pair of shape and traits. */
export function memberOf(raw: unknown): Member {
  const [shape, traits] = Array.isArray(raw) && raw.length === 2 ? raw : [raw, 0];
  return { shape: shapeOf(shape), traits: traitsOf(traits) };
}

export function shapeOf(raw: unknown): Shape {
  if (typeof raw === 'function') return shapeOf((raw as () => unknown)());
  if (typeof raw === 'number') return simple(raw);
  if (!Array.isArray(raw)) return { kind: 'document' };
  const [type, , name, , first, second, required = 0] = raw as [number, string, string, ...unknown[]];
  if (type === 0) return shapeOf(first);
  if (type === 1) return { kind: 'list', element: memberOf(first) };
  if (type === 2) return { kind: 'map', value: memberOf(second) };
  const names = (first ?? []) as readonly string[];
  const members = (second ?? []) as readonly unknown[];
  return {
    kind: 'structure',
    name,
    members: new Map(names.map((member, index) => [member, () => memberOf(members[index])])),
    required: names.slice(0, required as number),
  };
}

function simple(type: number): Shape {
  if (type >= MAP) return { kind: 'map', value: { shape: simple(type - MAP), traits: {} } };
  if (type >= LIST) return { kind: 'list', element: { shape: simple(type - LIST), traits: {} } };
  if (type === 0) return { kind: 'string' };
  if (type === 1 || type === 17 || type === 19) return { kind: 'number' };
  if (type === 2) return { kind: 'boolean' };
  if (type >= 4 && type <= 7) return { kind: 'timestamp' };
  return { kind: type === 15 ? 'document' : 'blob' };
}
