import { commonLabels } from '../../k8s/labels';
import type { KubernetesDocument } from '../../k8s/manifest';
import { DEFINITION_KIND, isDefinitionInUse } from './definitions';
import { DEPLOY_MANAGER, type KubernetesClient } from './kubernetes-client';
import { type LiveObject, type ObjectRef, refOf, titleOf } from './object-ref';

/** Every kind that some configuration renders: what was switched off is not among the documents of today. */
const KINDS: readonly (readonly [apiVersion: string, kind: string])[] = [
  ['v1', 'ConfigMap'],
  ['v1', 'Service'],
  ['v1', 'ServiceAccount'],
  ['v1', 'LimitRange'],
  ['v1', 'ResourceQuota'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'DaemonSet'],
  ['batch/v1', 'CronJob'],
  ['policy/v1', 'PodDisruptionBudget'],
  ['networking.k8s.io/v1', 'NetworkPolicy'],
  ['rbac.authorization.k8s.io/v1', 'Role'],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
  ['scheduling.k8s.io/v1', 'PriorityClass'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
  ['autoscaling.k8s.io/v1', 'VerticalPodAutoscaler'],
  ['keda.sh/v1alpha1', 'ScaledObject'],
  ['apiregistration.k8s.io/v1', 'APIService'],
  ['eks.amazonaws.com/v1', 'TargetGroupBinding'],
  ['elbv2.k8s.aws/v1beta1', 'TargetGroupBinding'],
  ['secrets-store.csi.x-k8s.io/v1', 'SecretProviderClass'],
  ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'],
  // After its objects.
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
];

/**
 * Objects that an earlier deployment of the environment applied and that the manifests do not have any more. They carry
 * the manifests' labels, and the deployment owns fields of them.
 * @throws {KubernetesProblem}
 */
export async function leftovers(
  client: KubernetesClient,
  environment: string,
  documents: readonly KubernetesDocument[],
): Promise<ObjectRef[]> {
  const wanted = new Set(documents.map((document) => titleOf(refOf(document))));
  const labelSelector = Object.entries(commonLabels(environment))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const found: ObjectRef[] = [];
  for (const [apiVersion, kind] of KINDS) {
    if (!(await client.serves({ apiVersion, kind }))) continue;
    const objects = await client.list({ apiVersion, kind }, { labelSelector });
    for (const object of objects.filter(isOurs)) {
      const isNeeded = kind === DEFINITION_KIND && (await isDefinitionInUse(client, object, documents));
      if (!isNeeded && !wanted.has(titleOf(refOf(object)))) found.push(refOf(object));
    }
  }
  return found;
}

/** Labels alone do not tell: controllers copy them to what they make. */
function isOurs({ metadata: { managedFields = [] } }: LiveObject): boolean {
  return managedFields.some(({ manager }) => manager === DEPLOY_MANAGER);
}
