import type { WorkloadSettings } from '../constants';
import type { HpaClient, HpaRef, HpaSnapshot } from '../hpa/hpa-client';
import { Refusal } from './classify-error';

export function refOf({ namespace, hpaName }: WorkloadSettings): HpaRef {
  return { namespace, name: hpaName };
}

/**
 * An HPA that a floor can be put under.
 * @throws {HpaError} @throws {Refusal}
 */
export async function readHpa(hpaClient: HpaClient, settings: WorkloadSettings): Promise<HpaSnapshot> {
  const hpa = await hpaClient.read(refOf(settings));
  const called = `HPA ${settings.namespace}/${settings.hpaName}`;
  if (hpa.scaledObject !== undefined) {
    throw new Refusal(
      'owned-by-keda',
      `${called} is made by ScaledObject ${hpa.scaledObject} of KEDA, which would take the floor back; leave the ` +
        'workload out, or scale it with an HPA of its own',
    );
  }
  if (hpa.maxReplicas < settings.baseMinReplicas) {
    throw new Refusal(
      'maximum-below-base',
      `maxReplicas of ${called} must be at least baseMinReplicas (${settings.baseMinReplicas}), got ${hpa.maxReplicas}`,
    );
  }
  return hpa;
}
