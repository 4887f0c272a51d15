import { join } from 'node:path';
import { loadEnvironment } from '../../lib/config/resolve-config';
import { type AutoscalingState, type LocalHpa, startLocalHpa } from '../local/hpa/local-hpa';
import type { PodSet } from '../local/hpa/pod-set';
import type { Platform } from '../local/platform/platform';
import type { StartOptions } from './start-options';

export interface AutoscalingProps {
  readonly options: StartOptions;
  readonly now: () => Date;
  /** Is told of what fails, a line each. */
  readonly onProblem: (line: string) => void;
}

/** The HPA of a platform, and where the scaler finds it. */
export interface Autoscaling {
  readonly hpa: LocalHpa;
  readonly state: AutoscalingState;
}

/** Starts the stand-in of the HPA over the platform's API processes. @returns null where their number is fixed */
export async function startAutoscaling(
  platform: Platform,
  props: AutoscalingProps,
): Promise<Autoscaling | null> {
  const { options, now, onProblem } = props;
  const { autoscaling, pods, environment, folder } = options;
  if (autoscaling === null) return null;
  return startLocalHpa({
    ...autoscaling,
    ...{ config: loadEnvironment(environment), folder: join(folder, 'autoscaling'), set: podSetOf(platform) },
    ...{ minPods: pods, realMs: () => now().getTime(), onProblem },
  });
}

function podSetOf(platform: Platform): PodSet {
  return {
    pods: () => platform.pods,
    add: async () => {
      const before = platform.pods.length;
      try {
        await platform.addPod();
      } catch (error) {
        // One that did not start must not be counted, nor get requests.
        if (platform.pods.length > before) await platform.removePod();
        throw error;
      }
    },
    remove: () => platform.removePod(),
  };
}
