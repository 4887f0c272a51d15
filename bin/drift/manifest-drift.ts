import type { KubernetesDocument } from '../../k8s/manifest';
import { ownersOf } from '../kubernetes/field-owners';
import { DEPLOY_MANAGER, type KubernetesClient, type ObjectDocument } from '../kubernetes/kubernetes-client';
import { type FieldChange, objectChanges } from '../kubernetes/object-diff';
import { type LiveObject, type ObjectRef, refOf } from '../kubernetes/object-ref';

/** An object of the cluster that is not as its manifest says. */
export interface ManifestDrift {
  readonly ref: ObjectRef;
  readonly status: 'in-sync' | 'drifted' | 'missing';
  /** Fields that differ. */
  readonly fields: readonly FieldChange[];
  /** Fields that differ because a controller is in charge of them, such as an HPA's of replicas. */
  readonly leftAlone: readonly (FieldChange & { readonly managers: readonly string[] })[];
}

/** Managers through which people change objects; what they changed is drift. */
const PEOPLE = /^(kubectl|k9s|lens|headlamp|mozilla|dashboard|helm)/i;

/**
 * Compares a manifest with the cluster. Fields that the deployment does not set are nobody's drift: a dry run of the
 * apply would leave them as they are.
 * @throws {KubernetesProblem}
 */
export async function manifestDrift(
  client: KubernetesClient,
  document: KubernetesDocument,
): Promise<ManifestDrift> {
  const ref = refOf(document);
  const live = (await client.serves(ref)) ? await client.get(ref) : undefined;
  if (live === undefined) return { ref, status: 'missing', fields: [], leftAlone: [] };
  const wanted = await client.apply(document as ObjectDocument, { isDryRun: true });
  const changes = objectChanges(live, wanted).map((change) => ({
    ...change,
    managers: controllersOf(live, change),
  }));
  const fields = changes.filter(({ managers }) => managers.length === 0);
  return {
    ref,
    status: fields.length > 0 ? 'drifted' : 'in-sync',
    fields: fields.map(({ path, before, after }) => ({ path, before, after })),
    leftAlone: changes.filter(({ managers }) => managers.length > 0),
  };
}

function controllersOf(live: LiveObject, { path }: FieldChange): string[] {
  return ownersOf(live, path).filter((manager) => manager !== DEPLOY_MANAGER && !PEOPLE.test(manager));
}
