import { isDeepStrictEqual } from 'node:util';

/** Fields that the API server refuses to change. */
const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['spec.selector'],
  DaemonSet: ['spec.selector'],
  RoleBinding: ['roleRef'],
  ClusterRoleBinding: ['roleRef'],
  PriorityClass: ['value', 'preemptionPolicy'],
};

/** Path of an immutable field that an apply would change. */
export function immutableChange(
  live: Readonly<Record<string, unknown>>,
  applied: { readonly kind: string },
): string | undefined {
  const fields = IMMUTABLE[applied.kind] ?? [];
  const at = (object: unknown, path: string) =>
    path
      .split('.')
      .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object);
  return fields.find((path) => {
    const wanted = at(applied, path);
    return wanted !== undefined && !isDeepStrictEqual(wanted, at(live, path));
  });
}
