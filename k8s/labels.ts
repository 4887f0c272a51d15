import type { ChartProps } from 'cdk8s';
import { API_NAME, NAMESPACE, PROJECT } from '../lib/config/names';
import { type ComponentName, selectorOf } from './components';

/** ConfigMap of pool sizes, client settings and objectives. Its values are known before anything is deployed. */
export const SETTINGS_NAME = `${API_NAME}-settings`;

/** ConfigMap of host names. Its values are known once the stacks are deployed. */
export const ENDPOINTS_NAME = `${API_NAME}-endpoints`;

/** Annotation of a VPA with the reason why it may change a resource that the HPA scales on. */
export const CONFLICT_REASON_ANNOTATION = `${PROJECT}/autoscaling-conflict-reason`;

/** Labels of every resource. */
export function commonLabels(environment: string): Record<string, string> {
  return {
    'app.kubernetes.io/part-of': PROJECT,
    'app.kubernetes.io/managed-by': 'cdk8s',
    [`${PROJECT}/environment`]: environment,
  };
}

/** Chart properties that give every resource a component's namespace and labels. Names get no generated hash. */
export function chartProps(environment: string, component: ComponentName): ChartProps {
  return {
    namespace: NAMESPACE,
    labels: { ...commonLabels(environment), ...selectorOf(component) },
    disableResourceNameHashes: true,
  };
}
