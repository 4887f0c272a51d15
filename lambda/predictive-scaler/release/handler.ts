import type { ReleaseEvent } from '../constants';
import { eksConnection } from '../hpa/eks-connection';
import { KubernetesHpaClient } from '../hpa/kubernetes-hpa-client';
import { releaseFloors } from './release-floors';

const now = () => Date.now();

/** Kept between invocations, with its connections and its token. */
let hpaClient: KubernetesHpaClient | undefined;

/**
 * Invoked by the dead man's switch when the scaler has not pushed it ahead in time. Fails when a floor could not be
 * looked after, so that it is invoked again and in the end somebody is told.
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
      `${failed.length} of ${results.length} floors could not be looked after: ${failed.join(', ')}`,
    );
  }
}
