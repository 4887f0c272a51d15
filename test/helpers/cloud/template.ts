import { replacementOf } from '../../../bin/deploy/diff/replacement-properties';

/** A resource of a template. */
export interface DoubleResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
}

/** The parts of a CloudFormation template that the double looks at. */
export interface DoubleTemplate {
  readonly Resources: Readonly<Record<string, DoubleResource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Description?: string }>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: string }>>;
}

/** One difference between the resources of two templates. */
export interface DoubleChange {
  readonly action: 'Add' | 'Modify' | 'Remove';
  readonly logicalId: string;
  readonly type: string;
  /** Whether CloudFormation would make a new resource. */
  readonly isReplaced: boolean;
  /** Names of the changed properties. */
  readonly properties: readonly string[];
}

/**
 * What CloudFormation would do: changed resources, and those that refer to one that it replaces. Which properties replace
 * a resource says the database of resource types; a custom resource is never replaced here.
 */
export function changesBetween(before: DoubleTemplate, after: DoubleTemplate): DoubleChange[] {
  const ids = new Set([...Object.keys(before.Resources), ...Object.keys(after.Resources)]);
  const changes = new Map<string, DoubleChange>();
  for (const id of ids) {
    const change = changeOf(id, before.Resources[id], after.Resources[id]);
    if (change) changes.set(id, change);
  }
  // An id comes after what it refers to, so one pass reaches whoever refers to a replaced resource.
  for (const id of creationOrder(after)) {
    const change = withReplacedReferences(id, after, changes);
    if (change) changes.set(id, change);
  }
  return [...changes.values()];
}

function changeOf(
  logicalId: string,
  old?: DoubleResource,
  wanted?: DoubleResource,
): DoubleChange | undefined {
  if (!wanted) {
    return { action: 'Remove', logicalId, type: old?.Type ?? '', isReplaced: false, properties: [] };
  }
  const { Type: type } = wanted;
  if (!old) return { action: 'Add', logicalId, type, isReplaced: false, properties: [] };
  if (old.Type !== type) return { action: 'Modify', logicalId, type, isReplaced: true, properties: [] };
  const names = new Set([...Object.keys(old.Properties ?? {}), ...Object.keys(wanted.Properties ?? {})]);
  const properties = [...names].filter(
    (name) => JSON.stringify(old.Properties?.[name]) !== JSON.stringify(wanted.Properties?.[name]),
  );
  return properties.length === 0 ? undefined : modification(logicalId, type, properties);
}

function modification(logicalId: string, type: string, properties: readonly string[]): DoubleChange {
  const isReplaced = properties.some((name) => replacementOf(type, name) === 'always');
  return { action: 'Modify', logicalId, type, isReplaced, properties };
}

/** The change of a resource with the properties whose values change because they refer to a replaced resource. */
function withReplacedReferences(
  logicalId: string,
  { Resources }: DoubleTemplate,
  changes: ReadonlyMap<string, DoubleChange>,
): DoubleChange | undefined {
  const { Type = '', Properties = {} } = Resources[logicalId] ?? {};
  const known = changes.get(logicalId);
  if (known?.action === 'Add') return undefined;
  const affected = Object.entries(Properties)
    .filter(([, value]) => referencesIn(value).some((id) => changes.get(id)?.isReplaced === true))
    .map(([name]) => name);
  if (affected.length === 0) return undefined;
  const change = modification(logicalId, Type, [...new Set([...(known?.properties ?? []), ...affected])]);
  return { ...change, isReplaced: change.isReplaced || known?.isReplaced === true };
}

/** Logical ids so that a resource comes after those that it refers to. */
export function creationOrder({ Resources }: DoubleTemplate): string[] {
  const order: string[] = [];
  const visit = (id: string, trail: readonly string[]): void => {
    const resource = Resources[id];
    if (!resource || order.includes(id) || trail.includes(id)) return;
    for (const other of referencesOf(resource)) visit(other, [...trail, id]);
    order.push(id);
  };
  for (const id of Object.keys(Resources)) visit(id, []);
  return order;
}

function referencesOf({ DependsOn = [], Properties }: DoubleResource): string[] {
  return [...(typeof DependsOn === 'string' ? [DependsOn] : DependsOn), ...referencesIn(Properties)];
}

/** Logical ids that an expression refers to. */
function referencesIn(expression: unknown): string[] {
  if (typeof expression !== 'object' || expression === null) return [];
  return Object.entries(expression).flatMap(([key, inner]) => {
    if (key === 'Ref' && typeof inner === 'string') return [inner];
    if (key === 'Fn::GetAtt' && Array.isArray(inner)) return [String(inner[0])];
    return referencesIn(inner);
  });
}
