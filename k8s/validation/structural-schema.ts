/** A schema as a CustomResourceDefinition has it: OpenAPI v3 with Kubernetes' extensions. */
export interface StructuralSchema {
  /** JSON type. @default - any; allowed for quantities only */
  readonly type?: string;
  /** Fields of an object. @default - none */
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  /** Values of a map. @default - the object is no map */
  readonly additionalProperties?: StructuralSchema;
  /** Items of a list. @default - the value is no list */
  readonly items?: StructuralSchema;
  /** Fields that must be there. @default - none */
  readonly required?: readonly string[];
  /** Allowed values. @default - all of the type */
  readonly enum?: readonly unknown[];
  /** Regular expression of a string. @default - any text */
  readonly pattern?: string;
  /** Lowest number. @default - none */
  readonly minimum?: number;
  /** Whether null is allowed. @default false */
  readonly nullable?: boolean;
  /** Whether a number or a text is allowed. @default false */
  readonly 'x-kubernetes-int-or-string'?: boolean;
  /** Whether fields that are not listed are kept. @default false */
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

const KNOWN_KEYS: readonly string[] = [
  ...['type', 'format', 'properties', 'additionalProperties', 'items', 'required', 'enum', 'pattern'],
  ...['anyOf', 'description', 'minimum', 'nullable'],
  ...['x-kubernetes-int-or-string', 'x-kubernetes-map-type', 'x-kubernetes-preserve-unknown-fields'],
];

/**
 * Why a schema is not structural; the API server would refuse its definition.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export function structuralProblems(schema: StructuralSchema, path = ''): string[] {
  const { type, properties = {}, additionalProperties, items, required = [] } = schema;
  const at = path === '' ? 'the schema' : path;
  const inner = Object.entries(properties).flatMap(([name, field]) =>
    structuralProblems(field, path === '' ? name : `${path}.${name}`),
  );
  return [
    ...Object.keys(schema)
      .filter((key) => !KNOWN_KEYS.includes(key))
      .map((key) => `${at} has the unknown key ${key}`),
    ...(type === undefined && !schema['x-kubernetes-int-or-string'] ? [`${at} must have a type`] : []),
    ...(type === 'array' && items === undefined ? [`${at} must have items`] : []),
    ...(Object.keys(properties).length > 0 && additionalProperties !== undefined
      ? [`${at} must have properties or additionalProperties, not both`]
      : []),
    ...required
      .filter((name) => properties[name] === undefined)
      .map((name) => `${at} requires ${name}, which is no property`),
    ...inner,
    ...(additionalProperties ? structuralProblems(additionalProperties, `${path}.*`) : []),
    ...(items ? structuralProblems(items, `${path}[]`) : []),
  ];
}

/** What the API server would refuse or drop of a value. */
export function valueProblems(schema: StructuralSchema, value: unknown, path: string): string[] {
  if (value === null) return schema.nullable ? [] : [`${path} must not be null`];
  if (Array.isArray(value)) {
    if (schema.type !== 'array') return [`${path} must be of type ${schema.type}`];
    return value.flatMap((item, index) => valueProblems(schema.items ?? {}, item, `${path}.${index}`));
  }
  if (typeof value === 'object') return objectProblems(schema, value as Record<string, unknown>, path);
  return scalarProblems(schema, value, path);
}

function objectProblems(schema: StructuralSchema, value: Record<string, unknown>, path: string): string[] {
  const { type, properties = {}, additionalProperties, required = [] } = schema;
  if (type !== 'object') return [`${path} must be of type ${type}`];
  const isOpen =
    schema['x-kubernetes-preserve-unknown-fields'] ||
    (Object.keys(properties).length === 0 && additionalProperties === undefined);
  return [
    ...required.filter((name) => value[name] === undefined).map((name) => `${path}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, field]) => {
      const inner = properties[name] ?? additionalProperties;
      if (inner !== undefined) return valueProblems(inner, field, `${path}.${name}`);
      return isOpen ? [] : [`${path}.${name} is not in the schema`];
    }),
  ];
}

function scalarProblems(schema: StructuralSchema, value: unknown, path: string): string[] {
  const { enum: allowed, minimum, pattern, type } = schema;
  const isNumber = typeof value === 'number';
  const isRight = schema['x-kubernetes-int-or-string']
    ? typeof value === 'string' || Number.isInteger(value)
    : type === 'integer'
      ? Number.isInteger(value)
      : typeof value === type;
  if (!isRight) return [`${path} must be of type ${type ?? 'integer or string'}`];
  return [
    ...(allowed && !allowed.includes(value) ? [`${path} must be one of ${allowed.join(', ')}`] : []),
    ...(isNumber && minimum !== undefined && value < minimum ? [`${path} must be at least ${minimum}`] : []),
    ...(typeof value === 'string' && pattern !== undefined && !new RegExp(pattern).test(value)
      ? [`${path} must match ${pattern}`]
      : []),
  ];
}
