import type { WorkloadSettings } from '../constants';
import type { HpaClient, HpaRef, HpaSnapshot } from '../hpa/hpa-client';
import { Refusal } from './classify-error';

/** Reference to a workload's HPA. */
export function hpaRefOf({ namespace, hpaName }: WorkloadSettings): HpaRef {
  return { namespace, name: hpaName };
}

/**
 * Reads a workload's HPA and checks that its floor can be set.
 * @throws {HpaError} where it cannot be read
 * @throws {Refusal} where KEDA owns it, or its maximum is below the base
 */
export async function readHpa(hpaClient: HpaClient, settings: WorkloadSettings): Promise<HpaSnapshot> {
  const hpa = await hpaClient.read(hpaRefOf(settings));
  const hpaName = `HPA ${settings.namespace}/${settings.hpaName}`;
  if (hpa.scaledObject !== undefined) {
    throw new Refusal(
      'owned-by-keda',
      `${hpaName} is managed by KEDA's ScaledObject ${hpa.scaledObject}, which would reset the floor; remove the ` +
        'workload, or scale it with an HPA that KEDA does not own',
    );
  }
  if (hpa.maxReplicas < settings.baseMinReplicas) {
    throw new Refusal(
      'maximum-below-base',
      `maxReplicas of ${hpaName} must be at least baseMinReplicas (${settings.baseMinReplicas}), got ${hpa.maxReplicas}`,
    );
  }
  return hpa;
}
