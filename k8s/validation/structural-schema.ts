import { z } from 'zod';

/** A schema as a CustomResourceDefinition has it: OpenAPI v3 with Kubernetes' extensions. */
export interface StructuralSchema {
  /** JSON type. @default - any; allowed for quantities only */
  readonly type?: 'array' | 'boolean' | 'integer' | 'number' | 'object' | 'string' | undefined;
  /** Form of a text or a number, such as `date-time`. @default - any */
  readonly format?: string | undefined;
  /** Fields of an object. @default - none */
  readonly properties?: Readonly<Record<string, StructuralSchema>> | undefined;
  /** Values of a map. @default - the object is no map */
  readonly additionalProperties?: StructuralSchema | undefined;
  /** Items of a list. @default - the value is no list */
  readonly items?: StructuralSchema | undefined;
  /** Fields that must be there. @default - none */
  readonly required?: readonly string[] | undefined;
  /** Allowed values. @default - all of the type */
  readonly enum?: readonly string[] | undefined;
  /** Regular expression of a string. @default - any text */
  readonly pattern?: string | undefined;
  /** Lowest number. @default - none */
  readonly minimum?: number | undefined;
  /** Whether null is allowed. @default false */
  readonly nullable?: boolean | undefined;
  /** Alternatives of a quantity. @default - none */
  readonly anyOf?: readonly Readonly<Record<'type', 'integer' | 'string'>>[] | undefined;
  /** Whether a number or a text is allowed. @default false */
  readonly 'x-kubernetes-int-or-string'?: boolean | undefined;
  /** How server-side apply merges an object. @default 'granular' */
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular' | undefined;
  /** Whether fields that are not listed are kept. @default false */
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean | undefined;
}

/**
 * What Kubernetes calls a structural schema, as far as this project uses it; the API server refuses others.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export const structuralSchema: z.ZodType<StructuralSchema> = z
  .strictObject({
    type: z.enum(['array', 'boolean', 'integer', 'number', 'object', 'string']).optional(),
    format: z.string().optional(),
    get properties(): z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodType<StructuralSchema>>> {
      return z.record(z.string(), structuralSchema).optional();
    },
    get additionalProperties(): z.ZodOptional<z.ZodType<StructuralSchema>> {
      return structuralSchema.optional();
    },
    get items(): z.ZodOptional<z.ZodType<StructuralSchema>> {
      return structuralSchema.optional();
    },
    required: z.array(z.string()).optional(),
    enum: z.array(z.string()).optional(),
    pattern: z.string().optional(),
    minimum: z.number().optional(),
    nullable: z.boolean().optional(),
    anyOf: z.array(z.strictObject({ type: z.enum(['integer', 'string']) })).optional(),
    'x-kubernetes-int-or-string': z.boolean().optional(),
    'x-kubernetes-map-type': z.enum(['atomic', 'granular']).optional(),
    'x-kubernetes-preserve-unknown-fields': z.boolean().optional(),
  })
  .superRefine((schema, { addIssue }) => {
    for (const message of structureProblems(schema)) addIssue({ code: 'custom', message });
  });

function structureProblems({
  additionalProperties,
  items,
  properties,
  required = [],
  type,
  'x-kubernetes-int-or-string': isQuantity = false,
}: StructuralSchema): string[] {
  return [
    ...(type === undefined && !isQuantity ? ['must have a type'] : []),
    ...(type === 'array' && items === undefined ? ['must have items'] : []),
    ...(properties && additionalProperties ? ['must not have properties and additionalProperties'] : []),
    ...required
      .filter((name) => properties?.[name] === undefined)
      .map((name) => `requires ${name}, which is no property`),
  ];
}

/** What the API server would refuse or drop of a value. */
export function valueProblems(schema: StructuralSchema, value: unknown, path: string): string[] {
  if (value === null) return schema.nullable ? [] : [`${path} must not be null`];
  if (Array.isArray(value)) {
    const { items, type } = schema;
    if (type !== 'array' || items === undefined) return [`${path} must be of type ${type}`];
    return value.flatMap((item, index) => valueProblems(items, item, `${path}.${index}`));
  }
  if (typeof value === 'object') return objectProblems(schema, value as Record<string, unknown>, path);
  return scalarProblems(schema, value, path);
}

function objectProblems(schema: StructuralSchema, value: Record<string, unknown>, path: string): string[] {
  const { type, properties, additionalProperties, required = [] } = schema;
  if (type !== 'object') return [`${path} must be of type ${type}`];
  const isOpen =
    schema['x-kubernetes-preserve-unknown-fields'] ||
    (properties === undefined && additionalProperties === undefined);
  return [
    ...required.filter((name) => value[name] === undefined).map((name) => `${path}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, field]) => {
      const inner = properties?.[name] ?? additionalProperties;
      if (inner !== undefined) return valueProblems(inner, field, `${path}.${name}`);
      return isOpen ? [] : [`${path}.${name} is not in the schema`];
    }),
  ];
}

function scalarProblems(schema: StructuralSchema, value: unknown, path: string): string[] {
  const { enum: allowed, minimum, pattern, type } = schema;
  if (!isOfType(schema, value)) return [`${path} must be of type ${type ?? 'integer or string'}`];
  const isTooLow = typeof value === 'number' && minimum !== undefined && value < minimum;
  const isOther = typeof value === 'string' && pattern !== undefined && !new RegExp(pattern).test(value);
  return [
    ...(allowed && !allowed.includes(String(value)) ? [`${path} must be one of ${allowed.join(', ')}`] : []),
    ...(isTooLow ? [`${path} must be at least ${minimum}`] : []),
    ...(isOther ? [`${path} must match ${pattern}`] : []),
  ];
}

function isOfType(schema: StructuralSchema, value: unknown): boolean {
  if (schema['x-kubernetes-int-or-string']) return typeof value === 'string' || Number.isInteger(value);
  return schema.type === 'integer' ? Number.isInteger(value) : typeof value === schema.type;
}
