import type { KubernetesDocument } from '../../k8s/manifest';
import { FIELD_MANAGER } from '../../lib/config/names';
import { type FieldPath, ownersOf } from './field-owners';
import type { KubernetesClient, ObjectDocument } from './kubernetes-client';
import { type FieldChange, objectChanges } from './object-diff';
import { type LiveObject, type ObjectRef, refOf } from './object-ref';
import { fieldsOfKubectl, isTakenOver } from './take-over';

/** What an apply of a manifest would do. */
export interface ManifestChange {
  readonly ref: ObjectRef;
  /** `missing`: the cluster does not serve the kind. */
  readonly action: 'create' | 'change' | 'none' | 'missing';
  /** Fields that would change. */
  readonly fields: readonly FieldChange[];
}

/** The HPA's floor: predictive scaling moves it, and takes it back within minutes. */
const FLOOR: FieldPath = ['spec', 'minReplicas'];

/**
 * A manifest without the fields that another manager is in charge of by design: the floor of an HPA, while predictive
 * scaling holds one. Applying it would drop the floor in the middle of a surge.
 */
export function withoutHeldFields(
  document: KubernetesDocument,
  live: LiveObject | undefined,
): KubernetesDocument {
  const spec = document['spec'] as Record<string, unknown> | undefined;
  if (document.kind !== 'HorizontalPodAutoscaler' || spec === undefined || live === undefined)
    return document;
  if (!ownersOf(live, FLOOR).includes(FIELD_MANAGER)) return document;
  const { minReplicas: _, ...rest } = spec;
  return { ...document, spec: rest };
}

/**
 * Compares a manifest with the cluster by a dry run of its apply; the API server fills in its defaults on both sides.
 * @param ownKinds kinds that the deployment defines itself
 * @throws {KubernetesProblem}
 */
export async function manifestChange(
  client: KubernetesClient,
  document: KubernetesDocument,
  ownKinds: ReadonlySet<string> = new Set(),
): Promise<ManifestChange> {
  const ref = refOf(document);
  if (!(await client.serves(ref))) {
    return { ref, action: ownKinds.has(ref.kind) ? 'create' : 'missing', fields: [] };
  }
  const live = await client.get(ref);
  if (live === undefined) return { ref, action: 'create', fields: [] };
  const wanted = withoutHeldFields(document, live) as ObjectDocument;
  const applied = await client.apply(wanted, { isDryRun: true });
  const released = isTakenOver(live) ? fieldsOfKubectl(applied) : [];
  const fields = [...objectChanges(live, applied), ...released];
  return { ref, action: fields.length > 0 ? 'change' : 'none', fields };
}
