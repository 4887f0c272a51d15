type Schema = Readonly<Record<string, unknown>>;

/** Levels of nesting after which values are null, for schemas that refer to themselves. */
const DEEPEST = 8;

/** A value that fits a JSON schema, as far as structured outputs and tools use one: the same for the same schema. */
export function exampleValue(schema: unknown): unknown {
  return exampleAt(schema, asSchema(schema), DEEPEST);
}

function exampleAt(schema: unknown, root: Schema, depth: number): unknown {
  const one = resolved(asSchema(schema), root);
  if (depth === 0) return null;
  if ('const' in one) return one['const'];
  if (Array.isArray(one['enum'])) return one['enum'][0];
  const choices = one['anyOf'] ?? one['oneOf'];
  if (Array.isArray(choices)) return exampleAt(choices[0], root, depth - 1);
  const type = Array.isArray(one['type']) ? one['type'][0] : one['type'];
  if (type === 'object' || 'properties' in one) {
    const properties = Object.entries(asSchema(one['properties']));
    return Object.fromEntries(properties.map(([name, value]) => [name, exampleAt(value, root, depth - 1)]));
  }
  if (type === 'array') return exampleList(one, (items) => exampleAt(items, root, depth - 1));
  if (type === 'integer' || type === 'number') return exampleNumber(one);
  if (type === 'boolean') return true;
  return type === 'null' ? null : exampleText(one);
}

/** Most items and characters that a schema may ask for, whatever it says. */
const MOST_ITEMS = 100;
const MOST_CHARACTERS = 10_000;

function exampleList(schema: Schema, example: (items: unknown) => unknown): unknown[] {
  const { prefixItems, items, minItems } = schema;
  if (Array.isArray(prefixItems)) return prefixItems.slice(0, MOST_ITEMS).map(example);
  const count = Math.max(1, Math.min(MOST_ITEMS, numberOr(minItems, 1)));
  return Array.from({ length: count }, () => example(items));
}

function exampleNumber({ minimum, exclusiveMinimum, maximum, multipleOf }: Schema): number {
  if (typeof minimum === 'number') return minimum;
  if (typeof exclusiveMinimum === 'number') return exclusiveMinimum + 1;
  const one = numberOr(multipleOf, 1);
  return typeof maximum === 'number' && maximum < one ? maximum : one;
}

/** Texts of the formats that schemas name. Source: json-schema.org, draft 2020-12, section 7.3 */
const FORMATTED: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00Z',
  duration: 'P1D',
  email: 'simulated@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

function exampleText({ format, minLength, maxLength }: Schema): string {
  if (typeof format === 'string' && Object.hasOwn(FORMATTED, format)) return FORMATTED[format] ?? '';
  const least = Math.min(MOST_CHARACTERS, numberOr(minLength, 0));
  return 'simulated'.padEnd(least, '.').slice(0, numberOr(maxLength, MOST_CHARACTERS));
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** Follows a reference within the schema, such as `#/$defs/step`. */
function resolved(schema: Schema, root: Schema): Schema {
  const reference = schema['$ref'];
  if (typeof reference !== 'string') return schema;
  let place: unknown = root;
  for (const name of reference.split('/').slice(1)) place = asSchema(place)[name];
  return asSchema(place);
}

function asSchema(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? (value as Schema) : {};
}
