import { isForArgo } from '../argo-application';
import { BUILT_IN_NAMESPACES } from '../manifest';
import { type Problem, problemIf } from './finding';
import type { ResourceSet } from './resource-set';

/** Cluster-scoped kinds, which have no namespace. */
const CLUSTER_SCOPED = [
  'APIService',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'MutatingWebhookConfiguration',
  'Namespace',
  'PriorityClass',
];

/** Kinds that grant rights on what another team has, and so belong into its namespace. */
const ACCESS_KINDS = ['Role', 'RoleBinding'];

/** No resource is in two files: the second apply would overwrite the first. */
export function duplicates({ all }: ResourceSet): Problem[] {
  const key = ({ apiVersion, kind, metadata }: (typeof all)[number]['document']) =>
    JSON.stringify([String(apiVersion).split('/')[0], kind, metadata?.namespace, metadata?.name]);
  return all.flatMap(({ file, document }, index) => {
    const first = all.findIndex(({ document: other }) => key(other) === key(document));
    return problemIf(
      first < index,
      file,
      `${document.kind} ${document.metadata?.name} must be in one file only, but ${all[first]?.file} has it too`,
    );
  });
}

/** Every namespaced resource is in a namespace that is among the manifests, unless it grants rights in another. */
export function namespaces(set: ResourceSet): Problem[] {
  const known = set.all.filter(({ document }) => document.kind === 'Namespace');
  const names = [...known.map(({ document }) => document.metadata?.name), ...BUILT_IN_NAMESPACES];
  return set.all
    .filter(({ file }) => !isForArgo(file))
    .flatMap(({ file, document: { kind, metadata } }) =>
      CLUSTER_SCOPED.includes(kind)
        ? problemIf(
            metadata?.namespace !== undefined,
            file,
            `metadata.namespace must be absent on a ${kind}, got ${metadata?.namespace}`,
          )
        : problemIf(
            metadata?.namespace === undefined ||
              (!names.includes(metadata.namespace) && !ACCESS_KINDS.includes(kind)),
            file,
            `metadata.namespace must be one of the rendered namespaces (${names.join(', ')}), got ${metadata?.namespace}`,
          ),
    );
}

/** Every API is built into Kubernetes, or docs/cluster-requirements.md lists its add-on. */
export function knownApis(
  { all }: ResourceSet,
  builtIn: ReadonlySet<string>,
  listed: readonly string[],
): Problem[] {
  return all.flatMap(({ file, document: { apiVersion } }) =>
    problemIf(
      !builtIn.has(apiVersion) && !listed.includes(apiVersion),
      file,
      `apiVersion ${apiVersion} must be built into Kubernetes or listed in docs/cluster-requirements.md`,
    ),
  );
}

/** The kustomization lists every rendered file and no others. */
export function kustomizationResources({ all, kustomization }: ResourceSet): Problem[] {
  const file = 'kustomization.yaml';
  if (kustomization === undefined) return [{ file, message: 'must exist for kubectl apply -k' }];
  const listed = Array.isArray(kustomization.resources) ? (kustomization.resources as unknown[]) : [];
  const files = all.map((resource) => resource.file).filter((name) => !isForArgo(name));
  return [
    ...files.flatMap((name) => problemIf(!listed.includes(name), file, `resources must list ${name}`)),
    ...listed.flatMap((name) =>
      problemIf(!files.includes(String(name)), file, `resources lists ${name}, which is not rendered`),
    ),
  ];
}

/** Argo CD ignores `minReplicas` of each HPA that a Role lets predictive scaling patch; it would reset it otherwise. */
export function argoIgnoresFloor(set: ResourceSet): Problem[] {
  const roles = set.ofKind('Role').map(({ document }) => document);
  const isPatchable = (name?: string, namespace?: string) =>
    roles.some(
      ({ metadata, rules = [] }) =>
        metadata?.namespace === namespace &&
        rules.some(
          ({ resourceNames, resources }) =>
            resources?.includes('horizontalpodautoscalers') && resourceNames?.includes(String(name)),
        ),
    );
  const autoscalers = set
    .ofKind('HorizontalPodAutoscaler')
    .map(({ document }) => document.metadata)
    .filter((metadata) => isPatchable(metadata?.name, metadata?.namespace));
  return set.ofKind('Application').flatMap(({ file, document: { spec } }) =>
    autoscalers.flatMap((metadata) => {
      const ignored = spec.ignoreDifferences.some(
        ({ kind, name, namespace, jsonPointers }) =>
          kind === 'HorizontalPodAutoscaler' &&
          name === metadata?.name &&
          namespace === metadata.namespace &&
          jsonPointers.includes('/spec/minReplicas'),
      );
      return problemIf(
        !ignored || !spec.syncPolicy.syncOptions.includes('RespectIgnoreDifferences=true'),
        file,
        `ignoreDifferences must name /spec/minReplicas of ${metadata?.name}, with RespectIgnoreDifferences=true`,
      );
    }),
  );
}
