import type { KubernetesDocument } from '../../k8s/manifest';
import type { KubernetesClient, ObjectDocument } from './kubernetes-client';
import { KubernetesProblem } from './kubernetes-client';
import { withoutHeldFields } from './manifest-diff';
import { type LiveObject, type ObjectRef, refOf, titleOf } from './object-ref';

/** What an apply did to an object. */
export type ApplyOutcome = 'created' | 'changed' | 'unchanged';

export interface ApplyProps {
  readonly client: KubernetesClient;
  /** Waits between two looks; rejects when the command is interrupted. */
  readonly pause: () => Promise<unknown>;
  /** Called after each object. */
  readonly onApplied: (ref: ObjectRef, outcome: ApplyOutcome) => void;
}

const CUSTOM_KIND = 'CustomResourceDefinition';

/** Looks at a new kind until it is served: a second on a quiet cluster. */
const KIND_LOOKS = 30;

/**
 * Applies manifests in their order, so the order is the caller's.
 * @throws {KubernetesProblem} before anything is applied where the cluster does not serve a kind
 */
export async function applyManifests(
  documents: readonly KubernetesDocument[],
  props: ApplyProps,
): Promise<void> {
  await refuseUnknownKinds(documents, props.client);
  for (const document of documents) {
    const ref = refOf(document);
    await waitForKind(ref, documents, props);
    const before = await props.client.get(ref);
    const wanted = withoutHeldFields(document, before) as ObjectDocument;
    const after = await props.client.apply(wanted, { isDryRun: false });
    props.onApplied(ref, outcomeOf(before, after));
    if (ref.kind === CUSTOM_KIND) props.client.rediscover();
  }
}

/** An apply that changes nothing keeps the resource version. */
function outcomeOf(before: LiveObject | undefined, after: LiveObject): ApplyOutcome {
  if (before === undefined) return 'created';
  return before.metadata.resourceVersion === after.metadata.resourceVersion ? 'unchanged' : 'changed';
}

/** Kinds that the documents themselves define. */
function ownKinds(documents: readonly KubernetesDocument[]): Set<string> {
  const definitions = documents.filter(({ kind }) => kind === CUSTOM_KIND);
  return new Set(definitions.map(({ spec }) => (spec as { names: { kind: string } }).names.kind));
}

async function refuseUnknownKinds(
  documents: readonly KubernetesDocument[],
  client: KubernetesClient,
): Promise<void> {
  const own = ownKinds(documents);
  const missing = new Set<string>();
  for (const { apiVersion, kind } of documents) {
    if (!own.has(kind) && !(await client.serves({ apiVersion, kind })))
      missing.add(`${kind} (${apiVersion})`);
  }
  if (missing.size === 0) return;
  throw new KubernetesProblem(
    'not-found',
    `the cluster does not serve ${[...missing].join(', ')}; install what docs/cluster-requirements.md lists for it, ` +
      'and run it again; nothing was applied',
  );
}

async function waitForKind(
  ref: ObjectRef,
  documents: readonly KubernetesDocument[],
  { client, pause }: ApplyProps,
): Promise<void> {
  if (!ownKinds(documents).has(ref.kind)) return;
  for (let look = 0; look < KIND_LOOKS; look += 1) {
    if (await client.serves(ref)) return;
    client.rediscover();
    await pause();
  }
  throw new KubernetesProblem(
    'timeout',
    `${titleOf(ref)}: the cluster does not serve its new kind yet; run it again`,
  );
}
