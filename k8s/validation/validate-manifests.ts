import type { Manifest } from '../manifest';
import {
  apiServiceBackends,
  bindingReferences,
  networkPolicyCoverage,
  networkPolicySelectors,
  roleResourceNames,
  webhookBackends,
} from './access-rules';
import { BUILT_IN_APIS, schemaProblems } from './api-schemas';
import {
  autoscalerConflicts,
  hpaMinMax,
  hpaResourceRequests,
  hpaTargets,
  scaledObjects,
  vpaTargets,
} from './autoscaler-rules';
import { definedResources } from './custom-resource-rules';
import type { Finding, Problem } from './finding';
import {
  argoIgnoresFloor,
  duplicates,
  knownApis,
  kustomizationResources,
  namespaces,
} from './manifest-rules';
import { ResourceSet } from './resource-set';
import {
  bindingServices,
  bindingTargets,
  disruptionBudgetSelectors,
  disruptionBudgets,
  serviceSelectors,
  serviceTargetPorts,
} from './service-rules';
import {
  containerResources,
  deploymentSelectors,
  environmentSources,
  imageTags,
  podSecurity,
  priorityClasses,
  probePorts,
  serviceAccounts,
  terminationGrace,
  volumeMounts,
} from './workload-rules';

/** Inputs of the validation besides the manifests. */
export interface ValidationOptions {
  /** `apiVersion`s of add-ons that docs/cluster-requirements.md lists; see `parseRequiredApis`. */
  readonly listedApis: readonly string[];
}

/** Rules on documents and between them, by id. */
const RULES: Readonly<Record<string, (set: ResourceSet, options: ValidationOptions) => Problem[]>> = {
  'duplicate-resource': duplicates,
  'namespace-rendered': namespaces,
  'api-known': (set, { listedApis }) => knownApis(set, BUILT_IN_APIS, listedApis),
  'defined-resource': definedResources,
  'kustomization-complete': kustomizationResources,
  'argo-floor': argoIgnoresFloor,
  'deployment-selector': deploymentSelectors,
  'probe-port': probePorts,
  'env-from': environmentSources,
  'service-account': serviceAccounts,
  'image-tag': imageTags,
  'volume-mount': volumeMounts,
  'container-resources': containerResources,
  'pod-security': podSecurity,
  'priority-class': priorityClasses,
  'termination-grace': terminationGrace,
  'service-selector': serviceSelectors,
  'service-target-port': serviceTargetPorts,
  'pdb-selector': disruptionBudgetSelectors,
  'pdb-coverage': disruptionBudgets,
  'rbac-reference': bindingReferences,
  'rbac-names': roleResourceNames,
  'network-selector': networkPolicySelectors,
  'network-coverage': networkPolicyCoverage,
  'api-service': apiServiceBackends,
  'webhook-service': webhookBackends,
  'tgb-service': bindingServices,
  'tgb-target': bindingTargets,
  'hpa-min-max': hpaMinMax,
  'hpa-target': hpaTargets,
  'hpa-requests': hpaResourceRequests,
  'scaled-object': scaledObjects,
  'vpa-target': vpaTargets,
  'hpa-vpa-conflict': autoscalerConflicts,
};

/** Rule id of findings of the schemas. */
const SCHEMA_RULE = 'schema';

/**
 * Checks manifests against the API schemas, unknown fields included, and against the rules of this folder. Pure.
 * @returns all findings. An empty list does not prove that a cluster accepts the manifests: API servers and admission
 * controllers check more.
 */
export function validateManifests(manifests: readonly Manifest[], options: ValidationOptions): Finding[] {
  const schemaFindings = manifests.flatMap(({ fileName: file, document }) =>
    schemaProblems(document).map((message) => ({ file, rule: SCHEMA_RULE, message })),
  );
  const set = new ResourceSet(manifests, new Set(schemaFindings.map(({ file }) => file)));
  const ruleFindings = Object.entries(RULES).flatMap(([rule, check]) =>
    check(set, options).map((problem) => ({ ...problem, rule })),
  );
  return [...schemaFindings, ...ruleFindings];
}
