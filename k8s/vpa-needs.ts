import type { ResolvedConfig } from '../lib/config/environment-config';

/** Whether the manifests install the Vertical Pod Autoscaler. */
export function installsVpa({ cluster }: ResolvedConfig): boolean {
  return cluster.verticalPodAutoscaler === 'managed';
}

/** Whether new pods get the recommended size, for which the VPA's admission controller is needed. */
export function needsVpaAdmission({ autoscaling: { vpa }, cluster }: ResolvedConfig): boolean {
  return cluster.verticalPodAutoscaler !== false && vpa.updateMode !== 'Off';
}

/** Whether running pods are resized or replaced, for which the VPA's updater is needed. */
export function needsVpaUpdater(config: ResolvedConfig): boolean {
  return needsVpaAdmission(config) && config.autoscaling.vpa.updateMode !== 'Initial';
}
