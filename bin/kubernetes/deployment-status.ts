import type { KubernetesClient } from './kubernetes-client';
import type { LiveObject, ObjectRef } from './object-ref';

/** How far a Deployment is. */
export type DeploymentState =
  | { readonly kind: 'available'; readonly replicas: number }
  | { readonly kind: 'progressing'; readonly ready: number; readonly wanted: number }
  /** Kubernetes gave up (`progressDeadlineSeconds`). */
  | { readonly kind: 'stuck'; readonly ready: number; readonly wanted: number };

interface Status {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
  readonly conditions?: readonly { readonly type: string; readonly reason?: string }[];
}

/** The state of a Deployment by the rules of `kubectl rollout status`. */
export function deploymentState(deployment: LiveObject): DeploymentState {
  const { replicas: wanted = 1 } = (deployment['spec'] ?? {}) as { readonly replicas?: number };
  const status = (deployment['status'] ?? {}) as Status;
  const ready = Math.min(status.availableReplicas ?? 0, status.updatedReplicas ?? 0);
  const isSeen = (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 1);
  const hasOldPods = (status.replicas ?? 0) > (status.updatedReplicas ?? 0);
  if (isSeen && ready >= wanted && !hasOldPods) return { kind: 'available', replicas: ready };
  const isStuck = status.conditions?.some(
    ({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded',
  );
  return { kind: isSeen && isStuck ? 'stuck' : 'progressing', ready, wanted };
}

interface Pod extends LiveObject {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly PodCondition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

interface PodCondition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
  readonly lastState?: { readonly terminated?: { readonly reason?: string; readonly exitCode?: number } };
}

/** Most reasons of a Deployment. */
const MAX_REASONS = 5;

/** Why pods of a Deployment are not ready, from their states and warnings. @throws {KubernetesProblem} */
export async function unreadyReasons(client: KubernetesClient, deployment: LiveObject): Promise<string[]> {
  const { namespace } = deployment.metadata;
  const { selector } = (deployment['spec'] ?? {}) as {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  };
  const labelSelector = Object.entries(selector?.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const pods = (await client.list({ apiVersion: 'v1', kind: 'Pod', namespace }, { labelSelector })) as Pod[];
  if (pods.length === 0) return eventsOf(client, refTo(deployment));
  const reasons = await Promise.all(
    pods.map(async (pod) => {
      const own = podReasons(pod);
      return own.length > 0 || isReady(pod) ? own : eventsOf(client, refTo(pod));
    }),
  );
  return [...new Set(reasons.flat())].slice(0, MAX_REASONS);
}

function refTo({ apiVersion, kind, metadata: { name, namespace } }: LiveObject): ObjectRef {
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}

function podReasons({ metadata: { name }, status = {} }: Pod): string[] {
  const unscheduled = status.conditions?.find(
    ({ type, status: value }) => type === 'PodScheduled' && value === 'False',
  );
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const waiting = containers.flatMap(({ name: container, state, lastState, restartCount = 0 }) => {
    const { reason, message } = state?.waiting ?? {};
    if (reason === undefined || reason === 'ContainerCreating' || reason === 'PodInitializing') return [];
    const ended = lastState?.terminated;
    const before = ended ? ` (ended ${restartCount} times, exit code ${ended.exitCode ?? '?'})` : '';
    return [`${name}: container ${container} is waiting: ${reason}${message ? `, ${message}` : ''}${before}`];
  });
  return [...(unscheduled?.message ? [`${name}: no node for it: ${unscheduled.message}`] : []), ...waiting];
}

async function eventsOf(client: KubernetesClient, { kind, name, namespace }: ObjectRef): Promise<string[]> {
  const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name},type=Warning`;
  const events = (await client.list(
    { apiVersion: 'v1', kind: 'Event', namespace },
    { fieldSelector },
  )) as (LiveObject & {
    readonly reason?: string;
    readonly message?: string;
  })[];
  return events.slice(-2).map(({ reason = '', message = '' }) => `${name}: ${reason}: ${message}`);
}
