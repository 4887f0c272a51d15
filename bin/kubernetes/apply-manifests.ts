import type { KubernetesDocument } from '../../k8s/manifest';
import { DEFINITION_KIND, definedKinds } from './definitions';
import type { KubernetesClient, ObjectDocument } from './kubernetes-client';
import { KubernetesProblem } from './kubernetes-client';
import { withoutHeldFields } from './manifest-diff';
import { type LiveObject, type ObjectRef, refOf, titleOf } from './object-ref';
import { isTakenOver, KUBECTL_MANAGER } from './take-over';

/** What an apply did to an object. */
export type ApplyOutcome = 'created' | 'changed' | 'unchanged';

export interface ApplyProps {
  readonly client: KubernetesClient;
  /** Waits between two looks; rejects when the command is interrupted. */
  readonly pause: () => Promise<unknown>;
  /** Called after each object. */
  readonly onApplied: (ref: ObjectRef, outcome: ApplyOutcome) => void;
  /** Everything that is applied, in several calls. @default - the documents of the call */
  readonly manifests?: readonly KubernetesDocument[];
}

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
  const { manifests = documents } = props;
  await refuseUnknownKinds(manifests, props.client);
  const own = definedKinds(manifests);
  for (const document of documents) {
    const ref = refOf(document);
    if (own.has(ref.kind)) await waitForKind(ref, props);
    const before = await props.client.get(ref);
    const wanted = withoutHeldFields(document, before) as ObjectDocument;
    const applied = await props.client.apply(wanted, { isDryRun: false });
    const isNewOwner = before !== undefined && isTakenOver(before);
    const after = isNewOwner ? await props.client.release(ref, KUBECTL_MANAGER) : applied;
    props.onApplied(ref, outcomeOf(before, after));
    if (ref.kind === DEFINITION_KIND) props.client.rediscover();
  }
}

/** An apply that changes nothing keeps the resource version. */
function outcomeOf(before: LiveObject | undefined, after: LiveObject): ApplyOutcome {
  if (before === undefined) return 'created';
  return before.metadata.resourceVersion === after.metadata.resourceVersion ? 'unchanged' : 'changed';
}

async function refuseUnknownKinds(
  documents: readonly KubernetesDocument[],
  client: KubernetesClient,
): Promise<void> {
  const own = definedKinds(documents);
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

/** The API server serves a kind some moments after its definition was accepted. */
async function waitForKind(ref: ObjectRef, { client, pause }: ApplyProps): Promise<void> {
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
