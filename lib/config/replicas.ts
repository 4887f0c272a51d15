/** `maxSurge` of Deployments: additional replicas during a roll-out, percent. */
export const MAX_SURGE_PERCENT = 25;

/** Replicas during a roll-out at full scale; Kubernetes rounds the surge up. */
export function peakReplicas(replicas: number): number {
  return replicas + Math.ceil((replicas * MAX_SURGE_PERCENT) / 100);
}
