import { type FieldPath, ownersOf } from './field-owners';
import { DEPLOY_MANAGER } from './kubernetes-client';
import type { FieldChange } from './object-diff';
import type { LiveObject } from './object-ref';

/** Field manager of `kubectl apply --server-side`, with which manifests are applied by hand. */
export const KUBECTL_MANAGER = 'kubectl';

/**
 * Whether the deployment applies an object for the first time that `kubectl apply --server-side` has made. kubectl would
 * stay an owner of its fields, so a field that the manifests drop would stay in the object for ever.
 */
export function isTakenOver({ metadata: { managedFields = [] } }: LiveObject): boolean {
  const appliers = managedFields.filter(({ operation }) => operation === 'Apply');
  const managers = appliers.map(({ manager }) => manager);
  return managers.includes(KUBECTL_MANAGER) && !managers.includes(DEPLOY_MANAGER);
}

/**
 * Fields that go when kubectl's ownership ends.
 * @param applied the object after the deployment's apply, or after a dry run of it
 */
export function fieldsOfKubectl(applied: LiveObject): FieldChange[] {
  const { status: _, metadata, ...rest } = applied;
  const { labels, annotations } = metadata as { labels?: unknown; annotations?: unknown };
  return leavesOf({ ...rest, metadata: { labels, annotations } }, [])
    .filter(({ path }) => ownersOf(applied, path).join() === KUBECTL_MANAGER)
    .map(({ path, value }) => ({ path, before: value, after: undefined }));
}

function leavesOf(value: unknown, path: FieldPath): { readonly path: FieldPath; readonly value: unknown }[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null) return [{ path, value }];
  const entries = Object.entries(value);
  return entries.flatMap(([key, inner]) =>
    leavesOf(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}
