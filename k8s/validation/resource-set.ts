import type { IMutatingWebhookConfiguration } from 'kubernetes-models/admissionregistration.k8s.io/v1/MutatingWebhookConfiguration';
import type { ICustomResourceDefinition } from 'kubernetes-models/apiextensions.k8s.io/v1/CustomResourceDefinition';
import type { IAPIService } from 'kubernetes-models/apiregistration.k8s.io/v1/APIService';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IClusterRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRoleBinding';
import type { IRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role';
import type { IRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { INamespace } from 'kubernetes-models/v1/Namespace';
import type { IPodTemplateSpec } from 'kubernetes-models/v1/PodTemplateSpec';
import type { IService } from 'kubernetes-models/v1/Service';
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { KUSTOMIZATION_FILE } from '../kustomization';
import type { KubernetesDocument, Manifest } from '../manifest';
import type {
  ArgoApplication,
  ScaledObject,
  TargetGroupBinding,
  VerticalPodAutoscaler,
} from './custom-schemas';

interface Kinds {
  APIService: IAPIService;
  Application: ArgoApplication;
  ClusterRoleBinding: IClusterRoleBinding;
  ConfigMap: IConfigMap;
  CustomResourceDefinition: ICustomResourceDefinition;
  CronJob: ICronJob;
  Deployment: IDeployment;
  HorizontalPodAutoscaler: IHorizontalPodAutoscaler;
  MutatingWebhookConfiguration: IMutatingWebhookConfiguration;
  Namespace: INamespace;
  NetworkPolicy: INetworkPolicy;
  PodDisruptionBudget: IPodDisruptionBudget;
  Role: IRole;
  RoleBinding: IRoleBinding;
  ScaledObject: ScaledObject;
  Service: IService;
  ServiceAccount: IServiceAccount;
  TargetGroupBinding: TargetGroupBinding;
  VerticalPodAutoscaler: VerticalPodAutoscaler;
}
type Kind = keyof Kinds;

/** A document with its file. */
export interface Located<T> {
  /** File name of the manifest, for findings. */
  readonly file: string;
  /** Content of the file, or a part of it. */
  readonly document: T;
}

/** A resource that creates pods. */
export interface Workload {
  /** Kinds that are rendered here. */
  readonly kind: 'Deployment' | 'CronJob';
  /** `metadata.name` of the Deployment or CronJob. */
  readonly name: string | undefined;
  /** Namespace of the resource and of its pods. */
  readonly namespace: string | undefined;
  /** Template of the pods. */
  readonly template: IPodTemplateSpec;
}

/**
 * The manifests as the rules see them. A document that its schema refuses still exists for references, but rules do not
 * read its fields: the schema's finding is reported already, and rules can rely on valid shapes.
 */
export class ResourceSet {
  /** Every resource, well-formed or not, except the kustomization. */
  readonly all: readonly Located<KubernetesDocument>[];
  /** Content of `kustomization.yaml`; undefined where it is missing. */
  readonly kustomization: KubernetesDocument | undefined;

  constructor(
    manifests: readonly Manifest[],
    private readonly malformedFiles: ReadonlySet<string>,
  ) {
    const resources = manifests.filter(({ fileName }) => fileName !== KUSTOMIZATION_FILE);
    this.all = resources.map(({ fileName, document }) => ({ file: fileName, document }));
    this.kustomization = manifests.find(({ fileName }) => fileName === KUSTOMIZATION_FILE)?.document;
  }

  /** Well-formed resources of a kind. */
  ofKind<K extends Kind>(kind: K): Located<Kinds[K]>[] {
    return this.all.filter(
      ({ file, document }) => document.kind === kind && !this.malformedFiles.has(file),
    ) as unknown as Located<Kinds[K]>[];
  }

  /** Whether there is such a resource, well-formed or not. */
  exists(kind: string, name: string | undefined, namespace: string | undefined): boolean {
    return this.all.some(
      ({ document: { kind: other, metadata } }) =>
        other === kind && metadata?.name === name && metadata?.namespace === namespace,
    );
  }

  /** The well-formed resource of that name, if any. */
  find<K extends Kind>(kind: K, name: string, namespace: string | undefined): Kinds[K] | undefined {
    return this.ofKind(kind).find(
      ({ document: { metadata } }) => metadata?.name === name && metadata?.namespace === namespace,
    )?.document;
  }

  /** Well-formed Deployments of the namespace whose pods carry all the labels. */
  deploymentsWith(labels: Readonly<Record<string, string>>, namespace: string | undefined): IDeployment[] {
    return this.ofKind('Deployment')
      .map(({ document }) => document)
      .filter(
        ({ metadata, spec }) =>
          metadata?.namespace === namespace && hasLabels(spec?.template.metadata?.labels, labels),
      );
  }

  /** Well-formed resources that create pods. */
  workloads(): Located<Workload>[] {
    const deployments = this.ofKind('Deployment').map(({ file, document: { metadata, spec } }) => ({
      file,
      document: { kind: 'Deployment' as const, metadata, template: spec?.template },
    }));
    const cronJobs = this.ofKind('CronJob').map(({ file, document: { metadata, spec } }) => ({
      file,
      document: { kind: 'CronJob' as const, metadata, template: spec?.jobTemplate.spec?.template },
    }));
    return [...deployments, ...cronJobs].map(({ file, document: { kind, metadata, template = {} } }) => ({
      file,
      document: { kind, name: metadata?.name, namespace: metadata?.namespace, template },
    }));
  }

  /** Whether a resource that creates pods is malformed; rules about selectors cannot decide then. */
  get hasMalformedWorkload(): boolean {
    return this.all.some(
      ({ file, document }) =>
        ['Deployment', 'CronJob'].includes(document.kind) && this.malformedFiles.has(file),
    );
  }
}

/** Whether `labels` has all of `wanted`; an empty `wanted` matches nothing. */
export function hasLabels(
  labels: Readonly<Record<string, string>> | undefined,
  wanted: Readonly<Record<string, string>>,
): boolean {
  const entries = Object.entries(wanted);
  return entries.length > 0 && entries.every(([key, value]) => labels?.[key] === value);
}
