import type { ResolvedConfig } from '../lib/config/environment-config';
import { NAMESPACE } from '../lib/config/names';
import { PROMETHEUS_NAME, PROMETHEUS_PORT } from './components';

/** Whether prometheus-adapter is rendered: it serves the HPA's `requests_per_second`. */
export function needsMetricsAdapter({ metrics }: ResolvedConfig): boolean {
  return metrics.provider === 'prometheus-adapter';
}

/** Whether KEDA queries a Prometheus. */
export function kedaAsksPrometheus({ autoscaling }: ResolvedConfig): boolean {
  return autoscaling.driver === 'keda' && autoscaling.hpa.requestsPerSecond !== null;
}

/** Whether a Prometheus is rendered: adapter or KEDA query one, and the cluster has none that scrapes the pods. */
export function needsPrometheus(config: ResolvedConfig): boolean {
  return config.metrics.prometheusUrl === null && (needsMetricsAdapter(config) || kedaAsksPrometheus(config));
}

/** URL of the Prometheus that adapter and KEDA query. KEDA runs in another namespace, so the host includes ours. */
export function prometheusUrl({ metrics }: ResolvedConfig): string {
  return metrics.prometheusUrl ?? `http://${PROMETHEUS_NAME}.${NAMESPACE}.svc:${PROMETHEUS_PORT}`;
}
