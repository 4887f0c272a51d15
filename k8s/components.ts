import { type ADMIN_NAME, type API_NAME, type PGBOUNCER_NAME, PROJECT } from '../lib/config/names';

/**
 * The components in the namespace: each one's name, which its Deployment, Service and ServiceAccount share, and ports.
 */

export const NGINX_NAME = `${PROJECT}-nginx`;
export const PROMETHEUS_NAME = `${PROJECT}-prometheus`;
export const METRICS_ADAPTER_NAME = `${PROJECT}-metrics-adapter`;
/** CronJob that releases an expired floor of the HPA. */
export const FLOOR_RELEASE_NAME = `${PROJECT}-floor-release`;

/** Parts of the Vertical Pod Autoscaler, where the manifests install it. */
export const VPA_RECOMMENDER_NAME = `${PROJECT}-vpa-recommender`;
export const VPA_UPDATER_NAME = `${PROJECT}-vpa-updater`;
export const VPA_ADMISSION_NAME = `${PROJECT}-vpa-admission`;

/** Port of the HTTP Services: clients in the cluster use `http://llm-cost-ops-api`. The ALB connects to the pods. */
export const SERVICE_PORT = 80;
export const HTTPS_SERVICE_PORT = 443;

/** NGINX's ports: HTTP from the ALB, HTTPS from clients in the cluster. Below 1024 only root may listen. */
export const NGINX_HTTP_PORT = 8080;
export const NGINX_HTTPS_PORT = 8443;

export const PGBOUNCER_PORT = 6432;
export const PGBOUNCER_EXPORTER_PORT = 9127;
export const PROMETHEUS_PORT = 9090;
export const METRICS_ADAPTER_PORT = 6443;
/** The control plane sends pods here before it creates them. */
export const VPA_WEBHOOK_PORT = 8443;

/** PriorityClass of the pods that answer requests. */
export const SERVING_PRIORITY = `${PROJECT}-serving`;
/** PriorityClass of supporting pods: requests are still answered while they are missing for a short time. */
export const SUPPORT_PRIORITY = `${PROJECT}-support`;

/** Name of a component, and the value of its pods' label `app.kubernetes.io/name`. */
export type ComponentName =
  | typeof API_NAME
  | typeof ADMIN_NAME
  | typeof NGINX_NAME
  | typeof PGBOUNCER_NAME
  | typeof PROMETHEUS_NAME
  | typeof METRICS_ADAPTER_NAME
  | typeof FLOOR_RELEASE_NAME
  | typeof VPA_RECOMMENDER_NAME
  | typeof VPA_UPDATER_NAME
  | typeof VPA_ADMISSION_NAME;

/**
 * Labels by which Deployment, Service, PodDisruptionBudget and network policies select a component's pods.
 * cdk8s-plus would select by a hash of the construct path, so that moving a construct would orphan every pod;
 * selectors are immutable.
 */
export function selectorOf(name: ComponentName): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/name': name };
}
