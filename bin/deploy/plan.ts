import { StackOutputsError } from '../../k8s/stack-outputs';
import { checkedManifests } from '../charts/write-charts';
import { type ClusterOptions, clusterConnection } from '../cloud/connect-cluster';
import { environmentStacks } from '../cloud/environment-stacks';
import type { CloudContext } from '../cloud/machine';
import { type LiveStack, readStacks } from '../cloud/read-stack';
import { definedKinds } from '../kubernetes/definitions';
import { KubernetesClient } from '../kubernetes/kubernetes-client';
import { leftovers } from '../kubernetes/leftovers';
import { manifestChange } from '../kubernetes/manifest-diff';
import type { DeploymentDiff } from './diff/format-diff';
import { stackDiffs } from './diff/stack-diffs';
import { withExpectedOutputs } from './expected-outputs';
import { refuseWrongAccount } from './preflight';
import { applied, writeOutputs } from './render-manifests';
import type { AssemblyStack } from './stacks/assembly';

/**
 * What a deployment would change in stacks and manifests. Changes nothing: templates are read and compared, manifests
 * go through a dry run of their apply.
 * @throws {AwsProblem} or {KubernetesProblem}
 */
export async function planDeployment(
  context: CloudContext,
  stacks: readonly AssemblyStack[],
  cluster: ClusterOptions,
): Promise<DeploymentDiff> {
  await refuseWrongAccount(context);
  context.say('comparing the templates');
  const differences = await stackDiffs(context.aws, stacks);
  const live = await readStacks(context.aws, environmentStacks(context.config));
  const documents = documentsFor(context, withExpectedOutputs(context.config, live, stacks));
  const connection = documents && (await clusterConnection(context, cluster));
  if (documents === undefined || connection === undefined) {
    return { stacks: differences, manifests: null, leftovers: [] };
  }
  context.say('comparing the manifests');
  const client = new KubernetesClient({ connection, signal: context.signal });
  try {
    const manifests = [];
    const own = definedKinds(documents);
    for (const document of documents) manifests.push(await manifestChange(client, document, own));
    const left = await leftovers(client, context.config.environment, documents);
    return { stacks: differences, manifests, leftovers: left };
  } finally {
    client.close();
  }
}

/** The manifests with the values of the stacks; undefined where some stacks are still to be made. */
function documentsFor(context: CloudContext, live: readonly LiveStack[]) {
  try {
    return applied(
      checkedManifests(context.config, writeOutputs(context, live, '-expected-outputs.json')).manifests,
    );
  } catch (error) {
    if (error instanceof StackOutputsError) return undefined;
    throw error;
  }
}

/** Whether a deployment would change anything. */
export function isEmptyDiff({ stacks, manifests }: DeploymentDiff): boolean {
  return (
    stacks.every(({ isNew, changes }) => !isNew && changes.length === 0) &&
    manifests?.every(({ action }) => action === 'none') === true
  );
}
