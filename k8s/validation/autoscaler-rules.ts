import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { CONFLICT_REASON_ANNOTATION } from '../labels';
import { type Problem, problemIf } from './finding';
import type { ResourceSet } from './resource-set';

/** Update modes in which a VPA does not change running pods. */
const PASSIVE_MODES = ['Off', 'Initial'];

/** An HPA's lower bound is not above its upper bound; the API server refuses that. */
export function hpaMinMax(set: ResourceSet): Problem[] {
  return set.ofKind('HorizontalPodAutoscaler').flatMap(({ file, document: { spec } }) => {
    const { minReplicas = 1, maxReplicas = 1 } = spec ?? {};
    return problemIf(
      minReplicas > maxReplicas,
      file,
      `spec.minReplicas must be at most maxReplicas (${maxReplicas}), got ${minReplicas}`,
    );
  });
}

/** An HPA targets a rendered Deployment without `spec.replicas`. */
export function hpaTargets(set: ResourceSet): Problem[] {
  return set.ofKind('HorizontalPodAutoscaler').flatMap(({ file, document: { metadata, spec } }) => {
    const { kind = '', name = '' } = spec?.scaleTargetRef ?? {};
    if (!set.exists(kind, name, metadata?.namespace)) {
      return [{ file, message: `spec.scaleTargetRef must name a rendered resource, got ${kind} ${name}` }];
    }
    const replicas = set.find('Deployment', name, metadata?.namespace)?.spec?.replicas;
    return problemIf(
      replicas !== undefined,
      file,
      `Deployment ${name} must have no spec.replicas (an apply would undo the HPA), got ${replicas}`,
    );
  });
}

/** Like an HPA, a ScaledObject targets a rendered Deployment without `spec.replicas`, and its bounds are in order. */
export function scaledObjects(set: ResourceSet): Problem[] {
  return set.ofKind('ScaledObject').flatMap(({ file, document: { metadata, spec } }) => {
    const { kind, name } = spec.scaleTargetRef;
    const replicas = set.find('Deployment', name, metadata.namespace)?.spec?.replicas;
    return [
      ...problemIf(
        !set.exists(kind, name, metadata.namespace),
        file,
        `spec.scaleTargetRef must name a rendered resource, got ${kind} ${name}`,
      ),
      ...problemIf(
        replicas !== undefined,
        file,
        `Deployment ${name} must have no spec.replicas, got ${replicas}`,
      ),
      ...problemIf(
        spec.minReplicaCount > spec.maxReplicaCount,
        file,
        `spec.minReplicaCount must be at most maxReplicaCount (${spec.maxReplicaCount}), got ${spec.minReplicaCount}`,
      ),
      ...problemIf(
        set
          .ofKind('HorizontalPodAutoscaler')
          .some(({ document }) => document.spec?.scaleTargetRef.name === name),
        file,
        `Deployment ${name} must be scaled by one autoscaler, but an HPA targets it too`,
      ),
    ];
  });
}

/** Utilisation is a percentage of the request: without requests the HPA cannot compute it. */
export function hpaResourceRequests(set: ResourceSet): Problem[] {
  return set.ofKind('HorizontalPodAutoscaler').flatMap(({ file, document: hpa }) => {
    const name = hpa.spec?.scaleTargetRef.name ?? '';
    const target = set.find('Deployment', name, hpa.metadata?.namespace);
    const containers = target?.spec?.template.spec?.containers ?? [];
    return resourceMetrics(hpa).flatMap((resource) =>
      containers.flatMap((container) =>
        problemIf(
          container.resources?.requests?.[resource] === undefined,
          file,
          `metric ${resource} needs a ${resource} request on container ${container.name} of Deployment ${name}`,
        ),
      ),
    );
  });
}

/** A VPA sizes containers of a rendered Deployment. */
export function vpaTargets(set: ResourceSet): Problem[] {
  return set.ofKind('VerticalPodAutoscaler').flatMap(({ file, document: { metadata, spec } }) => {
    const { kind, name } = spec.targetRef;
    if (!set.exists(kind, name, metadata.namespace)) {
      return [{ file, message: `spec.targetRef must name a rendered resource, got ${kind} ${name}` }];
    }
    const pods = set.find('Deployment', name, metadata.namespace)?.spec?.template.spec;
    const names = pods?.containers.map((container) => container.name);
    return (spec.resourcePolicy?.containerPolicies ?? []).flatMap(({ containerName }) =>
      problemIf(
        names !== undefined && containerName !== '*' && !names.includes(containerName),
        file,
        `containerName must be a container of Deployment ${name} (${names?.join(', ')}), got ${containerName}`,
      ),
    );
  });
}

/** An HPA on CPU or memory and a VPA that changes the same resource react to each other's changes. */
export function autoscalerConflicts(set: ResourceSet): Problem[] {
  return set.ofKind('VerticalPodAutoscaler').flatMap(({ file, document: { metadata, spec } }) => {
    const mode = spec.updatePolicy?.updateMode ?? 'Auto';
    const excused = metadata.annotations?.[CONFLICT_REASON_ANNOTATION];
    if (PASSIVE_MODES.includes(mode) || excused) return [];
    const policies = spec.resourcePolicy?.containerPolicies ?? [{ controlledResources: undefined }];
    const controlled = policies.flatMap((policy) => policy.controlledResources ?? ['cpu', 'memory']);
    const contested = set
      .ofKind('HorizontalPodAutoscaler')
      .filter(
        ({ document }) =>
          document.spec?.scaleTargetRef.name === spec.targetRef.name &&
          document.metadata?.namespace === metadata.namespace,
      )
      .flatMap(({ document }) => resourceMetrics(document))
      .filter((resource) => (controlled as string[]).includes(resource));
    return problemIf(
      contested.length > 0,
      file,
      `updateMode must be Off or Initial while an HPA scales on ${contested.join(' and ')} (or the annotation ${CONFLICT_REASON_ANNOTATION} must say why), got ${mode}`,
    );
  });
}

/** `cpu` and `memory`, as far as the HPA scales on them. */
function resourceMetrics({ spec }: IHorizontalPodAutoscaler): string[] {
  return (spec?.metrics ?? []).flatMap(({ resource }) => (resource ? [resource.name] : []));
}
