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
  if (type === 'array') return [exampleAt(one['items'], root, depth - 1)];
  if (type === 'integer' || type === 'number') return typeof one['minimum'] === 'number' ? one['minimum'] : 1;
  if (type === 'boolean') return true;
  return type === 'null' ? null : 'simulated';
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
