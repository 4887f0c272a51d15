import type { KubernetesDocument } from '../../k8s/manifest';
import { type CloudContext, pause } from '../cloud/machine';
import { type ApplyOutcome, applyManifests } from '../kubernetes/apply-manifests';
import type { KubernetesClient } from '../kubernetes/kubernetes-client';
import { leftovers } from '../kubernetes/leftovers';
import { type ObjectRef, refOf, titleOf } from '../kubernetes/object-ref';
import { waitAvailable } from '../kubernetes/wait-available';

/** What became of the manifests. */
export interface AppliedManifests {
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Objects of earlier deployments that were left behind, or deleted with --prune. */
  readonly leftovers: readonly ObjectRef[];
}

/** Kinds whose objects run pods or need running pods. */
const WORKLOADS = ['Deployment', 'APIService', 'CronJob'];

/**
 * Applies the manifests in their order and waits until the pods are available. What comes after the workloads waits for
 * them: a binding to NGINX's pods would otherwise empty the target group.
 * @param prune whether to delete what the manifests no longer have
 * @throws {KubernetesProblem}
 */
export async function deployManifests(
  context: CloudContext,
  client: KubernetesClient,
  documents: readonly KubernetesDocument[],
  prune: boolean,
): Promise<AppliedManifests> {
  const { config, machine, say } = context;
  const counts: Record<ApplyOutcome, number> = { created: 0, changed: 0, unchanged: 0 };
  const props = {
    client,
    manifests: documents,
    pause: () => pause(context),
    onApplied: (ref: ObjectRef, outcome: ApplyOutcome) => {
      counts[outcome] += 1;
      if (outcome !== 'unchanged') say(`${outcome} ${titleOf(ref)}`);
    },
  };
  const last = documents.findLastIndex(({ kind }) => WORKLOADS.includes(kind));
  await applyManifests(documents.slice(0, last + 1), props);
  const deployments = documents.filter(({ kind }) => kind === 'Deployment').map(refOf);
  await waitAvailable(deployments, { ...props, elapsedMs: machine.elapsedMs, onProgress: say });
  await applyManifests(documents.slice(last + 1), props);
  const left = await leftovers(client, config.environment, documents);
  for (const ref of left) {
    if (prune) await client.delete(ref);
    say(prune ? `deleted ${titleOf(ref)}` : `left behind: ${titleOf(ref)} (--prune deletes it)`);
  }
  return { ...counts, leftovers: left };
}
