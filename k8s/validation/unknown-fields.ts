type Container = Record<string, unknown>;

/**
 * Calls a validator and returns the fields of the value that it never read: these are not in its schema. The AJV
 * validators of kubernetes-models ignore unknown fields, while an API server refuses them or silently drops them
 * (`readinesProbe`). They read every field that they know, and every entry of a map, so an unread field is unknown.
 * @returns paths such as `spec.template.spec.containers.0.imagee`
 */
export function unreadFields(value: object, validate: (watched: object) => void): string[] {
  const read = new Map<object, Set<string>>();
  validate(watch(value as Container, read));
  return unread(value as Container, read, '');
}

function watch(value: Container, read: Map<object, Set<string>>): Container {
  const keys = read.get(value) ?? new Set();
  read.set(value, keys);
  return new Proxy(value, {
    get(target, key) {
      if (typeof key === 'string') keys.add(key);
      const field = Reflect.get(target, key);
      return isContainer(field) ? watch(field, read) : field;
    },
  });
}

function unread(value: Container, read: Map<object, Set<string>>, path: string): string[] {
  const keys = read.get(value);
  return Object.entries(value).flatMap(([key, field]) => {
    const at = path === '' ? key : `${path}.${key}`;
    if (!keys?.has(key)) return [at];
    return isContainer(field) ? unread(field, read, at) : [];
  });
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}
