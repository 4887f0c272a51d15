import { join } from 'node:path';
import { expectedLines, UsageError } from '../cli/command';
import { type ClusterOptions, clusterConnection } from '../cloud/connect-cluster';
import type { CloudContext } from '../cloud/machine';
import type { LiveStack } from '../cloud/read-stack';
import { KubernetesClient } from '../kubernetes/kubernetes-client';
import { renderEnvironment } from '../synth/render-environment';
import { deployManifests } from './deploy-manifests';
import { firstKeySecret, readFirstKey } from './first-key';
import { type Precondition, preflight } from './preflight';
import { type Entrance, entranceOf } from './probe/entrance';
import { type ProbeResult, probeApi } from './probe/probe-api';
import { Recorder } from './record/recorder';
import { type RunLock, takeLock } from './record/run-lock';
import { renderForCluster, writeOutputs } from './render-manifests';
import { type AssemblyStack, readAssembly } from './stacks/assembly';
import { deployStacks } from './stacks/deploy-stacks';
import { addressesOf, type DeploymentSummary, monthlyCost } from './summary';

export interface DeployOptions {
  /** Cloud assembly to deploy. @default - it is synthesized */
  readonly assembly?: string;
  readonly cluster: ClusterOptions;
  /** Whether to delete objects that the manifests no longer have. */
  readonly prune: boolean;
  /** Whether to store a record through the load balancer at the end. */
  readonly probe: boolean;
  /** Whether the user agrees to the changes; called before anything is changed. */
  readonly approve: (stacks: readonly AssemblyStack[]) => Promise<boolean>;
  /** Checks before anything is made. @default PRECONDITIONS */
  readonly preconditions?: readonly Precondition[];
  /** Entrance of the API. @default - the load balancer, or CloudFront */
  readonly entrance?: Entrance;
}

/** A deployment that had begun to change things when it failed. */
export class StoppedHalfway extends UsageError {}

/**
 * Deploys an environment: every step leaves alone what an earlier run has finished.
 * @throws UsageError and its like for what the user can correct; Interrupted
 */
export async function runDeploy(context: CloudContext, options: DeployOptions): Promise<DeploymentSummary> {
  const { config, machine } = context;
  const lock = takeLock(machine.root, config.environment, process.pid);
  try {
    const recorder = new Recorder(context);
    if (recorder.continues !== undefined) context.say(recorder.continues);
    try {
      return await deploy(context, options, recorder, lock);
    } catch (error) {
      if (!recorder.hasFinished('approval')) throw error;
      throw new StoppedHalfway(expectedLines(error).join('\n'), { cause: error });
    }
  } finally {
    lock.release();
  }
}

async function deploy(
  context: CloudContext,
  options: DeployOptions,
  recorder: Recorder,
  lock: RunLock,
): Promise<DeploymentSummary> {
  const { config, machine } = context;
  const startedMs = machine.elapsedMs();
  const { stacks, warnings, manifests } = await steps(context, options, recorder, lock);
  const probe = options.probe
    ? await recorder.step('record', () => storeRecord(context, options, stacks))
    : null;
  recorder.end();
  return {
    environment: config.environment,
    account: config.account,
    region: config.region,
    addresses: addressesOf(config, stacks),
    firstKeySecretArn: firstKeySecret(stacks),
    monthlyUsd: monthlyCost(config.environment),
    manifests,
    probe,
    warnings,
    seconds: Math.round((machine.elapsedMs() - startedMs) / 1000),
  };
}

async function steps(context: CloudContext, options: DeployOptions, recorder: Recorder, lock: RunLock) {
  await recorder.step('preflight', () => preflight(context, options.preconditions));
  const assembly = await recorder.step('synthesis', () => synthesize(context, options));
  const assemblyStacks = readAssembly(assembly);
  await recorder.step('approval', async () => {
    if (!(await options.approve(assemblyStacks))) throw new UsageError('not agreed to; nothing was changed');
  });
  const stacks = await recorder.step('stacks', () =>
    deployStacks(context, {
      assembly,
      stacks: assemblyStacks,
      past: recorder.before.durations,
      onProcess: lock.add,
      onRuns: (runs) => {
        for (const run of runs) recorder.keepDuration(run);
      },
    }),
  );
  const { documents, warnings } = await recorder.step('manifests', () =>
    renderForCluster(context, writeOutputs(context, stacks)),
  );
  const manifests = await recorder.step('pods', () =>
    withCluster(context, options.cluster, (client) =>
      deployManifests(context, client, documents, options.prune),
    ),
  );
  return { stacks, warnings, manifests };
}

/** @returns folder of the assembly */
async function synthesize({ config, machine }: CloudContext, { assembly }: DeployOptions): Promise<string> {
  if (assembly !== undefined) return assembly;
  const directory = join(machine.root, 'dist', config.environment);
  await renderEnvironment(config.environment, directory, undefined, config.account);
  return join(directory, 'cloudformation');
}

/** Connects to the environment's cluster for some work. @throws UsageError where the cluster does not exist */
async function withCluster<T>(
  context: CloudContext,
  options: ClusterOptions,
  work: (client: KubernetesClient) => Promise<T>,
): Promise<T> {
  const connection = await clusterConnection(context, options);
  if (connection === undefined) {
    const { name } = context.config.cluster;
    throw new UsageError(`there is no cluster ${name} in ${context.config.region}; run npm run deploy again`);
  }
  const client = new KubernetesClient({ connection, signal: context.signal });
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

async function storeRecord(
  context: CloudContext,
  options: DeployOptions,
  stacks: readonly LiveStack[],
): Promise<ProbeResult> {
  const key = await readFirstKey(context, firstKeySecret(stacks));
  return probeApi(context, options.entrance ?? entranceOf(context.config, stacks), key);
}
