import { type Problem, problemIf } from './finding';
import { hasLabels, type ResourceSet } from './resource-set';
import { hasPort } from './workload-rules';

/** A Service selects pods of a rendered Deployment. */
export function serviceSelectors(set: ResourceSet): Problem[] {
  if (set.hasMalformedWorkload) return [];
  return set.ofKind('Service').flatMap(({ file, document: { metadata, spec } }) => {
    const selector = spec?.selector ?? {};
    return problemIf(
      set.deploymentsWith(selector, metadata?.namespace).length === 0,
      file,
      `spec.selector must match the pods of a Deployment, got ${JSON.stringify(selector)}`,
    );
  });
}

/** The pods that a Service selects listen on its target ports. */
export function serviceTargetPorts(set: ResourceSet): Problem[] {
  return set.ofKind('Service').flatMap(({ file, document: { metadata, spec } }) => {
    const containers = set
      .deploymentsWith(spec?.selector ?? {}, metadata?.namespace)
      .flatMap((deployment) => deployment.spec?.template.spec?.containers ?? []);
    return (spec?.ports ?? []).flatMap(({ port, targetPort = port }) =>
      problemIf(
        containers.length > 0 && !containers.some((container) => hasPort(container, targetPort)),
        file,
        `targetPort of port ${port} must be a port of the selected containers, got ${targetPort}`,
      ),
    );
  });
}

/** A PodDisruptionBudget selects pods of a rendered Deployment. */
export function disruptionBudgetSelectors(set: ResourceSet): Problem[] {
  if (set.hasMalformedWorkload) return [];
  return set.ofKind('PodDisruptionBudget').flatMap(({ file, document: { metadata, spec } }) => {
    const selector = spec?.selector?.matchLabels ?? {};
    return problemIf(
      set.deploymentsWith(selector, metadata?.namespace).length === 0,
      file,
      `spec.selector.matchLabels must match the pods of a Deployment, got ${JSON.stringify(selector)}`,
    );
  });
}

/**
 * Pods of a Deployment have a PodDisruptionBudget, and it allows at least one eviction, or node drains never end. A
 * Deployment that removes its only pod before it starts the next one can have no use for one.
 */
export function disruptionBudgets(set: ResourceSet): Problem[] {
  const budgets = set.ofKind('PodDisruptionBudget');
  const blocking = budgets.flatMap(({ file, document: { spec } }) =>
    problemIf(
      [0, '0', '0%'].includes(spec?.maxUnavailable ?? '') || spec?.minAvailable === '100%',
      file,
      'spec must allow the eviction of at least one pod (a drain would never end)',
    ),
  );
  const unprotected = set.ofKind('Deployment').flatMap(({ file, document: { metadata, spec } }) => {
    if (spec?.strategy?.type === 'Recreate' && spec.replicas === 1) return [];
    const labels = spec?.template.metadata?.labels;
    const covered = budgets.some(
      ({ document }) =>
        document.metadata?.namespace === metadata?.namespace &&
        hasLabels(labels, document.spec?.selector?.matchLabels ?? {}),
    );
    return problemIf(!covered, file, `pods of ${metadata?.name} must have a PodDisruptionBudget`);
  });
  return [...blocking, ...unprotected];
}

/** A TargetGroupBinding refers to a port of a rendered Service. */
export function bindingServices(set: ResourceSet): Problem[] {
  return set.ofKind('TargetGroupBinding').flatMap(({ file, document: { metadata, spec } }) => {
    const { name, port } = spec.serviceRef;
    if (!set.exists('Service', name, metadata.namespace)) {
      return [{ file, message: `spec.serviceRef.name must name a rendered Service, got ${name}` }];
    }
    const ports = set.find('Service', name, metadata.namespace)?.spec?.ports;
    return problemIf(
      ports !== undefined && !ports.some((other) => other.port === port || other.name === port),
      file,
      `spec.serviceRef.port must be a port of Service ${name}, got ${port}`,
    );
  });
}

/** A TargetGroupBinding names its target group by ARN or by name, not both. */
export function bindingTargets(set: ResourceSet): Problem[] {
  return set
    .ofKind('TargetGroupBinding')
    .flatMap(({ file, document: { spec } }) =>
      problemIf(
        (spec.targetGroupARN === undefined) === (spec.targetGroupName === undefined),
        file,
        'spec must have exactly one of targetGroupARN and targetGroupName',
      ),
    );
}
