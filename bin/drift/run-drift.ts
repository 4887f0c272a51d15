import { checkedManifests } from '../charts/write-charts';
import { UsageError } from '../cli/command';
import { type ClusterOptions, clusterConnection } from '../cloud/connect-cluster';
import { environmentStacks } from '../cloud/environment-stacks';
import type { CloudContext } from '../cloud/machine';
import { readStacks } from '../cloud/read-stack';
import { refuseWrongAccount } from '../deploy/preflight';
import { applied, writeOutputs } from '../deploy/render-manifests';
import { KubernetesClient } from '../kubernetes/kubernetes-client';
import { leftovers } from '../kubernetes/leftovers';
import type { ObjectRef } from '../kubernetes/object-ref';
import { type ManifestDrift, manifestDrift } from './manifest-drift';
import { type StackDrift, stackDrift } from './stack-drift';

/** How an environment differs from what was deployed; `--json` prints it. */
export interface DriftReport {
  readonly environment: string;
  readonly stacks: readonly StackDrift[];
  readonly manifests: readonly ManifestDrift[];
  /** Objects that the deployment applied and that the manifests do not have. */
  readonly leftovers: readonly ObjectRef[];
}

/** Detections at the same time; CloudFormation throttles more. */
const CONCURRENCY = 3;

/**
 * Compares the stacks with their templates and the cluster with the manifests. Changes nothing.
 * @throws {AwsProblem}, {KubernetesProblem}, StackOutputsError; UsageError where there is no environment or no cluster
 */
export async function runDrift(context: CloudContext, cluster: ClusterOptions): Promise<DriftReport> {
  const { config, aws, say } = context;
  await refuseWrongAccount(context);
  const all = environmentStacks(config);
  const live = await readStacks(aws, all);
  if (live.length === 0) {
    throw new UsageError(
      `${config.environment} is not deployed; run npm run deploy -- --env ${config.environment}`,
    );
  }
  say('detecting drift of the stacks; this takes a minute or two');
  const stacks: StackDrift[] = [];
  for (let first = 0; first < all.length; first += CONCURRENCY) {
    const some = all.slice(first, first + CONCURRENCY);
    stacks.push(...(await Promise.all(some.map((stack) => stackDrift(context, stack)))));
  }
  const documents = applied(checkedManifests(config, writeOutputs(context, live)).manifests);
  const connection = await clusterConnection(context, cluster);
  if (connection === undefined) throw new UsageError(`there is no cluster ${config.cluster.name}`);
  say('comparing the manifests with the cluster');
  const client = new KubernetesClient({ connection, signal: context.signal });
  try {
    const manifests: ManifestDrift[] = [];
    for (const document of documents) manifests.push(await manifestDrift(client, document));
    const left = await leftovers(client, config.environment, documents);
    return { environment: config.environment, stacks, manifests, leftovers: left };
  } finally {
    client.close();
  }
}

/** Whether anything differs; what CloudFormation could not tell counts. */
export function hasDrift({ stacks, manifests, leftovers: left }: DriftReport): boolean {
  return (
    left.length > 0 ||
    stacks.some(({ status }) => status !== 'in-sync') ||
    manifests.some(({ status }) => status !== 'in-sync')
  );
}
