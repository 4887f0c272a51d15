import type { FieldPath } from './field-owners';
import type { LiveObject } from './object-ref';

/** A field that differs. */
export interface FieldChange {
  readonly path: FieldPath;
  /** Value now; undefined: the field is not there. */
  readonly before: unknown;
  /** Value after the apply; undefined: the field will not be there. */
  readonly after: unknown;
}

/** What the API server writes itself. */
const OWN_METADATA = [
  'managedFields',
  'resourceVersion',
  'generation',
  'uid',
  'creationTimestamp',
  'selfLink',
];

/** Fields in which a live object differs from what a dry run of an apply answers. */
export function objectChanges(before: LiveObject, after: LiveObject): FieldChange[] {
  return differences(stripped(before), stripped(after), []);
}

function stripped({ status: _, ...object }: LiveObject): Record<string, unknown> {
  const metadata = Object.entries(object.metadata).filter(([name]) => !OWN_METADATA.includes(name));
  return { ...object, metadata: Object.fromEntries(metadata) };
}

function differences(before: unknown, after: unknown, path: FieldPath): FieldChange[] {
  if (isTree(before) && isTree(after) && Array.isArray(before) === Array.isArray(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) =>
      differences(before[key], after[key], [...path, Array.isArray(before) ? Number(key) : key]),
    );
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
