import { MutatingWebhookConfiguration } from 'kubernetes-models/admissionregistration.k8s.io/v1/MutatingWebhookConfiguration';
import { CustomResourceDefinition } from 'kubernetes-models/apiextensions.k8s.io/v1/CustomResourceDefinition';
import { APIService } from 'kubernetes-models/apiregistration.k8s.io/v1/APIService';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { CronJob } from 'kubernetes-models/batch/v1/CronJob';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ClusterRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRole';
import { ClusterRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRoleBinding';
import { Role } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role';
import { RoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding';
import { PriorityClass } from 'kubernetes-models/scheduling.k8s.io/v1/PriorityClass';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { LimitRange } from 'kubernetes-models/v1/LimitRange';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { ResourceQuota } from 'kubernetes-models/v1/ResourceQuota';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import type { z } from 'zod';
import type { KubernetesDocument } from '../manifest';
import {
  argoApplication,
  eksTargetGroupBinding,
  elbTargetGroupBinding,
  kustomization,
  scaledObject,
  secretProviderClass,
  verticalPodAutoscaler,
} from './custom-schemas';
import { structuralSchema } from './structural-schema';
import { unreadFields } from './unknown-fields';

/** Kinds that every cluster serves; their validators are generated from Kubernetes' OpenAPI document. */
const BUILT_IN = [
  APIService,
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  CronJob,
  CustomResourceDefinition,
  Deployment,
  HorizontalPodAutoscaler,
  LimitRange,
  MutatingWebhookConfiguration,
  Namespace,
  NetworkPolicy,
  PodDisruptionBudget,
  PriorityClass,
  ResourceQuota,
  Role,
  RoleBinding,
  Service,
  ServiceAccount,
];

/** Kinds of add-ons and of kubectl. */
const CUSTOM: Readonly<Record<string, z.ZodType>> = {
  'argoproj.io/v1alpha1 Application': argoApplication,
  'autoscaling.k8s.io/v1 VerticalPodAutoscaler': verticalPodAutoscaler,
  'eks.amazonaws.com/v1 TargetGroupBinding': eksTargetGroupBinding,
  'elbv2.k8s.aws/v1beta1 TargetGroupBinding': elbTargetGroupBinding,
  'keda.sh/v1alpha1 ScaledObject': scaledObject,
  'kustomize.config.k8s.io/v1beta1 Kustomization': kustomization,
  'secrets-store.csi.x-k8s.io/v1 SecretProviderClass': secretProviderClass,
};

/** API versions that need no add-on: Kubernetes' own, and kustomize's, which is never sent to a cluster. */
export const BUILT_IN_APIS: ReadonlySet<string> = new Set([
  ...BUILT_IN.map(({ apiVersion }) => apiVersion),
  'kustomize.config.k8s.io/v1beta1',
]);

/** Part of a CustomResourceDefinition that its validator does not read in full; `definitionProblems` does. */
const DEFINED_SCHEMA = '.openAPIV3Schema';

/** Differences between a document and the schema of its kind, one message each. */
export function schemaProblems(document: KubernetesDocument): string[] {
  const model = BUILT_IN.find(({ is }) => is(document));
  if (model) {
    return [
      ...builtInProblems(document, model),
      ...nullFields(document),
      ...(model === CustomResourceDefinition ? definitionProblems(document) : []),
    ];
  }
  const schema = CUSTOM[`${document.apiVersion} ${document.kind}`];
  return schema
    ? customProblems(document, schema)
    : [`${document.apiVersion} ${document.kind} has no schema`];
}

function builtInProblems(document: KubernetesDocument, model: (typeof BUILT_IN)[number]): string[] {
  const problems: string[] = [];
  const unknown = unreadFields(document, (watched) => {
    try {
      // Called on the document itself: the model's constructor would copy it and so read every field.
      model.prototype.validate.call(watched as never);
    } catch (error) {
      problems.push(...validatorMessages(error));
    }
  });
  return [
    ...problems,
    ...unknown
      .filter((path) => !path.includes(DEFINED_SCHEMA))
      .map((path) => `${path} is not a field of ${document.kind}`),
  ];
}

/** Messages of a kubernetes-models ValidationError. Any other error is a bug here and is thrown again. */
function validatorMessages(error: unknown): string[] {
  const { errors } = error as { errors?: { instancePath: string; message?: string }[] };
  if (!Array.isArray(errors)) throw error;
  return errors.map(
    ({ instancePath, message }) => `${instancePath.slice(1).replaceAll('/', '.')} ${message}`,
  );
}

/** The schemas that a CustomResourceDefinition defines. */
function definitionProblems({ spec }: KubernetesDocument): string[] {
  const { versions } = (spec ?? {}) as { readonly versions?: unknown };
  if (!Array.isArray(versions)) return [];
  return versions.flatMap((version: { schema?: { openAPIV3Schema?: unknown } } | undefined, index) => {
    const result = structuralSchema.safeParse(version?.schema?.openAPIV3Schema);
    const at = ['spec', 'versions', index, 'schema', 'openAPIV3Schema'];
    return (result.error?.issues ?? []).map(
      ({ path, message }) => `${[...at, ...path].join('.')} ${message}`,
    );
  });
}

function customProblems(document: KubernetesDocument, schema: z.ZodType): string[] {
  const result = schema.safeParse(document);
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim());
}

/** The validators accept `null` in most fields; in a rendered manifest it means that a value is missing. */
function nullFields(value: unknown, path = ''): string[] {
  if (value === null) return [`${path} must not be null`];
  if (typeof value !== 'object') return [];
  return Object.entries(value as object).flatMap(([key, field]) =>
    nullFields(field, path === '' ? key : `${path}.${key}`),
  );
}
