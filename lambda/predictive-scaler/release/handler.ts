import type { ReleaseEvent } from '../constants';
import { eksConnection } from '../hpa/eks-connection';
import { KubernetesHpaClient } from '../hpa/kubernetes-hpa-client';
import { releaseFloors } from './release-floors';

const now = () => Date.now();

/** Reused by later invocations, with its connections and its token. */
let hpaClient: KubernetesHpaClient | undefined;

/**
 * Invoked by the dead man's switch if the scaler has not postponed it in time. Throws if a floor could not be checked
 * or released, so that the schedule retries, and finally uses the dead-letter queue, which raises an alarm.
 */
export async function handler(event: ReleaseEvent): Promise<void> {
  if (!Array.isArray(event?.workloads)) throw new TypeError("the event must have a list 'workloads'");
  hpaClient ??= new KubernetesHpaClient(eksConnection(process.env, now));
  const results = await releaseFloors(event, { hpaClient, now });
  for (const result of results) {
    const level = result.outcome === 'failed' ? 'ERROR' : 'INFO';
    console.log(JSON.stringify({ timestamp: new Date(now()).toISOString(), level, ...result }));
  }
  const failed = results.filter(({ outcome }) => outcome === 'failed').map(({ workload }) => workload);
  if (failed.length > 0) {
    throw new Error(
      `${failed.length} of ${results.length} floors could not be checked or released: ${failed.join(', ')}`,
    );
  }
}
