import type { LiveObject } from './object-ref';

/** Keys and indexes from the object to a field. */
export type FieldPath = readonly (string | number)[];

/** Text of a path, such as `spec.template.spec.containers[0].image`. */
export function pathText(path: FieldPath): string {
  return path
    .map((step) =>
      typeof step === 'number' ? `[${step}]` : /^[\w-]+$/.test(step) ? `.${step}` : `["${step}"]`,
    )
    .join('')
    .replace(/^\./, '');
}

/**
 * Managers that own a field, or anything inside it (kubernetes.io, "Server-Side Apply", "Field management").
 * @param live the object with its managed fields
 */
export function ownersOf(live: LiveObject, path: FieldPath): string[] {
  const owners = (live.metadata.managedFields ?? []).filter(({ fieldsV1 = {} }) =>
    owns(fieldsV1, live, path),
  );
  return [...new Set(owners.map(({ manager = '' }) => manager))];
}

function owns(fields: Readonly<Record<string, unknown>>, value: unknown, path: FieldPath): boolean {
  const [step, ...rest] = path;
  if (step === undefined) return true;
  const inner = (value as Record<string | number, unknown> | undefined)?.[step];
  const key = typeof step === 'number' ? itemKey(fields, inner) : `f:${step}`;
  const owned = key === undefined ? undefined : fields[key];
  // An empty object is the end of what is tracked: an atomic field is owned as a whole.
  if (typeof owned !== 'object' || owned === null) return false;
  if (Object.keys(owned).length === 0) return true;
  return owns(owned as Readonly<Record<string, unknown>>, inner, rest);
}

/** The key of an item of a list: `k:{"name":"api"}` by its identifying fields, or `v:"value"`. */
function itemKey(fields: Readonly<Record<string, unknown>>, item: unknown): string | undefined {
  return Object.keys(fields).find((key) => {
    if (key.startsWith('v:')) return key.slice(2) === JSON.stringify(item);
    if (!key.startsWith('k:') || typeof item !== 'object' || item === null) return false;
    const identity = JSON.parse(key.slice(2)) as Record<string, unknown>;
    return Object.entries(identity).every(
      ([name, value]) => (item as Record<string, unknown>)[name] === value,
    );
  });
}
