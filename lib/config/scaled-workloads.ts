import type { ResolvedConfig, ResolvedWorkload } from './environment-config';
import { HPA_NAME, NAMESPACE } from './names';

/** Whether a workload is the API, the only one whose HPA the charts render. */
export function isApiWorkload({ namespace, hpaName }: { namespace?: unknown; hpaName?: unknown }): boolean {
  return namespace === NAMESPACE && hpaName === HPA_NAME;
}

/** Whether predictive scaling puts a floor under the API's HPA. */
export function scalesApi(config: Pick<ResolvedConfig, 'predictiveScaling'>): boolean {
  return scaledWorkloads(config).some(isApiWorkload);
}

/** Workloads whose HPAs predictive scaling puts a floor under; empty where it is off. */
export function scaledWorkloads({
  predictiveScaling,
}: Pick<ResolvedConfig, 'predictiveScaling'>): readonly ResolvedWorkload[] {
  return predictiveScaling?.workloads ?? [];
}

/** Workloads with a floor other than the API; their HPAs are not rendered here. */
export function foreignWorkloads(
  config: Pick<ResolvedConfig, 'predictiveScaling'>,
): readonly ResolvedWorkload[] {
  return scaledWorkloads(config).filter((workload) => !isApiWorkload(workload));
}
