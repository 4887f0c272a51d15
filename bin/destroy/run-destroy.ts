import { UsageError } from '../cli/command';
import { type ClusterOptions, clusterConnection } from '../cloud/connect-cluster';
import { environmentStacks } from '../cloud/environment-stacks';
import { type CloudContext, pause } from '../cloud/machine';
import type { LiveStack } from '../cloud/read-stack';
import { settleStacks } from '../cloud/settle-stacks';
import { refuseWrongAccount } from '../deploy/preflight';
import { takeLock } from '../deploy/record/run-lock';
import { KubernetesClient } from '../kubernetes/kubernetes-client';
import { deleteManifests } from './delete-manifests';
import { deleteStacks } from './delete-stacks';
import { type KeptResource, keptByTemplates, leftLogGroups } from './kept-resources';
import { protections } from './protections';

export interface DestroyOptions {
  readonly cluster: ClusterOptions;
  /** Whether the objects of the cluster are left alone. */
  readonly skipManifests: boolean;
  /** Whether the user agrees; called with the stacks before anything is deleted. */
  readonly confirm: (stacks: readonly LiveStack[], kept: readonly KeptResource[]) => Promise<boolean>;
}

/** What a command that destroys ended with; `--json` prints it. */
export interface DestroySummary {
  readonly environment: string;
  /** Names of the deleted stacks. */
  readonly stacks: readonly string[];
  /** Number of deleted objects of the cluster; null where there was no cluster, or it was left alone. */
  readonly objects: number | null;
  /** What stays. */
  readonly kept: readonly KeptResource[];
}

/**
 * Deletes an environment: manifests, then stacks in reverse order. Works on what is there of it.
 * @throws UsageError where something protects it, or where the user does not agree
 */
export async function runDestroy(context: CloudContext, options: DestroyOptions): Promise<DestroySummary> {
  const { config, machine } = context;
  const lock = takeLock(machine.root, config.environment, process.pid);
  try {
    await refuseWrongAccount(context);
    const stacks = await settle(context);
    await refuseProtected(context, stacks);
    const kept = await keptByTemplates(context, stacks);
    if (stacks.length > 0 && !(await options.confirm(stacks, kept))) {
      throw new UsageError('not confirmed; nothing was deleted');
    }
    const objects = options.skipManifests ? null : await deleteObjects(context, options.cluster);
    await deleteStacks(context, stacks);
    return {
      environment: config.environment,
      stacks: stacks.map(({ stackName }) => stackName),
      objects,
      kept: unique([...kept, ...(await leftLogGroups(context))]),
    };
  } finally {
    lock.release();
  }
}

async function settle(context: CloudContext): Promise<LiveStack[]> {
  const { aws, config, machine, say } = context;
  return settleStacks({
    aws,
    stacks: environmentStacks(config),
    pause: () => pause(context),
    elapsedMs: machine.elapsedMs,
    onBusy: (busy) => say(`waiting for ${busy.map(({ id, status }) => `${id} ${status}`).join(', ')}`),
  });
}

async function refuseProtected(context: CloudContext, stacks: readonly LiveStack[]): Promise<void> {
  const { environment } = context.config;
  const found = stacks.length === 0 ? [] : await protections(context, stacks);
  if (found.length === 0) return;
  throw new UsageError(
    [
      `${environment} is protected; nothing was deleted:`,
      ...found.map(({ what, protection, remedy }) => `  ${what}: ${protection} (${remedy})`),
      `set these values in lib/config/environments.ts, run npm run deploy -- --env ${environment}, and destroy it then`,
    ].join('\n'),
  );
}

async function deleteObjects(context: CloudContext, cluster: ClusterOptions): Promise<number | null> {
  const connection = await clusterConnection(context, cluster);
  if (connection === undefined) return null;
  const client = new KubernetesClient({ connection, signal: context.signal });
  try {
    return await deleteManifests(context, client);
  } finally {
    client.close();
  }
}

/** The later entry of an id counts: it knows the stored bytes. */
function unique(kept: readonly KeptResource[]): KeptResource[] {
  return [...new Map(kept.map((one) => [`${one.region}/${one.type}/${one.id}`, one])).values()];
}
