import { deploymentState, unreadyReasons } from './deployment-status';
import { type KubernetesClient, KubernetesProblem } from './kubernetes-client';
import { type LiveObject, type ObjectRef, titleOf } from './object-ref';

export interface WaitProps {
  readonly client: KubernetesClient;
  /** Waits between two looks; rejects when the command is interrupted. */
  readonly pause: () => Promise<unknown>;
  /** Monotonic clock, ms. */
  readonly elapsedMs: () => number;
  /** Called when the ready pods of a Deployment, or the reasons of the others, change. */
  readonly onProgress: (line: string) => void;
}

/** Longest wait, ms: a node of Auto Mode takes two minutes, pods of the API with a slow image some more. */
const PATIENCE_MS = 15 * 60_000;

/** Looks at which reasons are read: the first seconds always look bad. */
const LOOKS_BEFORE_REASONS = 5;

/**
 * Waits until Deployments are available.
 * @throws {KubernetesProblem} with the reasons of the pods, after 15 minutes or once Kubernetes gives up
 */
export async function waitAvailable(refs: readonly ObjectRef[], props: WaitProps): Promise<void> {
  const end = props.elapsedMs() + PATIENCE_MS;
  const said = new Map<string, string>();
  for (let look = 1; ; look += 1) {
    const waiting: LiveObject[] = [];
    for (const ref of refs) {
      const deployment = await props.client.get(ref);
      if (!deployment) throw new KubernetesProblem('not-found', `${titleOf(ref)} is gone; run it again`);
      const state = deploymentState(deployment);
      const isLate = state.kind === 'stuck' || props.elapsedMs() >= end;
      if (state.kind === 'available') {
        say(said, props, ref, `${state.replicas} pods available`);
        continue;
      }
      waiting.push(deployment);
      const reasons =
        isLate || look > LOOKS_BEFORE_REASONS ? await unreadyReasons(props.client, deployment) : [];
      if (isLate) throw lateProblem(ref, reasons);
      say(said, props, ref, [`${state.ready} of ${state.wanted} pods available`, ...reasons].join('\n  '));
    }
    if (waiting.length === 0) return;
    await props.pause();
  }
}

function say(said: Map<string, string>, { onProgress }: WaitProps, ref: ObjectRef, line: string): void {
  if (said.get(titleOf(ref)) === line) return;
  said.set(titleOf(ref), line);
  onProgress(`${titleOf(ref)}: ${line}`);
}

function lateProblem(ref: ObjectRef, reasons: readonly string[]): KubernetesProblem {
  const why = reasons.length > 0 ? reasons.join('\n  ') : 'its pods give no reason; look at their logs';
  return new KubernetesProblem('timeout', `${titleOf(ref)} is not available:\n  ${why}`);
}
