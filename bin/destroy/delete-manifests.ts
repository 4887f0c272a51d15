import type { KubernetesDocument } from '../../k8s/manifest';
import { renderManifests } from '../../k8s/manifests';
import type { CloudContext } from '../cloud/machine';
import { pause } from '../cloud/machine';
import { applied } from '../deploy/render-manifests';
import { isNeededDefinition } from '../kubernetes/definitions';
import type { KubernetesClient } from '../kubernetes/kubernetes-client';
import { KubernetesProblem } from '../kubernetes/kubernetes-client';
import { leftovers } from '../kubernetes/leftovers';
import { type ObjectRef, refOf, titleOf } from '../kubernetes/object-ref';

/** Longest wait until objects are gone, ms: the controller deregisters targets, which drain for minutes. */
const PATIENCE_MS = 15 * 60_000;

/**
 * Deletes the objects of an environment in reverse order, and waits until they are gone, so that controllers take away
 * what they made in AWS.
 * @returns number of objects that were deleted
 * @throws {KubernetesProblem}
 */
export async function deleteManifests(context: CloudContext, client: KubernetesClient): Promise<number> {
  const { config, say } = context;
  const documents = applied(renderManifests(config).manifests);
  const refs = [...(await leftovers(client, config.environment, documents)), ...wanted(documents)];
  const begun: ObjectRef[] = [];
  // What the controllers have to clean up goes first and whole: the namespace would take it along with its roles.
  const [last, first] = partition(refs, ({ kind }) => kind === 'Namespace');
  for (const ref of first) {
    if (!(await client.serves(ref))) continue;
    if (await isNeededDefinition(client, ref)) {
      say(`kept ${titleOf(ref)}: other namespaces have objects of its kind`);
      continue;
    }
    if (!(await client.delete(ref))) continue;
    say(`deleted ${titleOf(ref)}`);
    begun.push(ref);
  }
  await waitGone(context, client, begun);
  for (const ref of last) if (await client.delete(ref)) begun.push(ref);
  await waitGone(context, client, last);
  return begun.length;
}

/** In reverse order of the apply. */
function wanted(documents: readonly KubernetesDocument[]): ObjectRef[] {
  return documents.map(refOf).reverse();
}

function partition<T>(values: readonly T[], isFirst: (value: T) => boolean): [T[], T[]] {
  return [values.filter(isFirst), values.filter((value) => !isFirst(value))];
}

async function waitGone(
  context: CloudContext,
  client: KubernetesClient,
  refs: readonly ObjectRef[],
): Promise<void> {
  const end = context.machine.elapsedMs() + PATIENCE_MS;
  let waiting = refs;
  for (;;) {
    const still: ObjectRef[] = [];
    for (const ref of waiting) if ((await client.get(ref)) !== undefined) still.push(ref);
    if (still.length === 0) return;
    if (context.machine.elapsedMs() >= end) {
      const names = still.map(titleOf).join(', ');
      throw new KubernetesProblem(
        'timeout',
        `not gone after 15 minutes: ${names}; look at their finalizers, or pass --skip-manifests and delete what the ` +
          'load balancer controller made by hand',
      );
    }
    waiting = still;
    await pause(context);
  }
}
