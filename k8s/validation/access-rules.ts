import type { INetworkPolicyPeer } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer';
import type { ISubject } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Subject';
import { NAMESPACE } from '../../lib/config/names';
import { FLOOR_RELEASE_NAME } from '../components';
import { type Problem, problemIf } from './finding';
import { hasLabels, type ResourceSet } from './resource-set';

/** Roles that every cluster has. */
const BUILT_IN_ROLES = ['system:auth-delegator', 'extension-apiserver-authentication-reader'];

/** Service accounts that every cluster has, `namespace/name`. */
const BUILT_IN_ACCOUNTS = ['kube-system/horizontal-pod-autoscaler'];

/** Bindings refer to existing roles and service accounts; with a wrong name Kubernetes silently grants nothing. */
export function bindingReferences(set: ResourceSet): Problem[] {
  return [...set.ofKind('RoleBinding'), ...set.ofKind('ClusterRoleBinding')].flatMap(
    ({ file, document: { metadata, roleRef, subjects = [] } }) => {
      const namespace = roleRef.kind === 'Role' ? metadata?.namespace : undefined;
      return [
        ...problemIf(
          !BUILT_IN_ROLES.includes(roleRef.name) && !set.exists(roleRef.kind, roleRef.name, namespace),
          file,
          `roleRef must name a rendered ${roleRef.kind}, got ${roleRef.name}`,
        ),
        ...subjects.flatMap((subject) => subjectProblems(set, file, subject)),
      ];
    },
  );
}

function subjectProblems(set: ResourceSet, file: string, { kind, name, namespace }: ISubject): Problem[] {
  return problemIf(
    kind === 'ServiceAccount' &&
      !BUILT_IN_ACCOUNTS.includes(`${namespace}/${name}`) &&
      !set.exists('ServiceAccount', name, namespace),
    file,
    `subjects must name rendered ServiceAccounts, got ${namespace}/${name}`,
  );
}

/** Roles on `horizontalpodautoscalers` name their resources: rendered ones, or those whose floors are released. */
export function roleResourceNames(set: ResourceSet): Problem[] {
  const released = releasedHpas(set);
  return set
    .ofKind('Role')
    .flatMap(({ file, document: { metadata, rules = [] } }) =>
      rules
        .filter(({ resources }) => resources?.includes('horizontalpodautoscalers'))
        .flatMap(({ resourceNames = [] }) => [
          ...problemIf(
            resourceNames.length === 0,
            file,
            'rules on horizontalpodautoscalers must have resourceNames',
          ),
          ...resourceNames.flatMap((name) =>
            problemIf(
              !set.exists('HorizontalPodAutoscaler', name, metadata?.namespace) &&
                !released.has(`${metadata?.namespace}/${name}`),
              file,
              `resourceNames must name a HorizontalPodAutoscaler that is rendered or listed in ConfigMap ${FLOOR_RELEASE_NAME}, got ${name}`,
            ),
          ),
        ]),
    );
}

/** The HPAs, `namespace/name`, that the CronJob of the floors looks after. */
function releasedHpas(set: ResourceSet): ReadonlySet<string> {
  const { data } = set.find('ConfigMap', FLOOR_RELEASE_NAME, NAMESPACE) ?? {};
  const workloads: { namespace: string; hpaName: string }[] = JSON.parse(data?.['workloads.json'] ?? '[]');
  return new Set(workloads.map(({ namespace, hpaName }) => `${namespace}/${hpaName}`));
}

/** Network policies, and their peers in the same namespace, select rendered pods. */
export function networkPolicySelectors(set: ResourceSet): Problem[] {
  if (set.hasMalformedWorkload) return [];
  return set.ofKind('NetworkPolicy').flatMap(({ file, document: { metadata, spec } }) => {
    const rules = [...(spec?.ingress ?? []), ...(spec?.egress ?? [])];
    const peers = rules.flatMap((rule) => ('from' in rule ? rule.from : 'to' in rule ? rule.to : []) ?? []);
    const local = (peers as INetworkPolicyPeer[])
      .filter(({ namespaceSelector, podSelector }) => podSelector && !namespaceSelector)
      .map(({ podSelector }) => podSelector?.matchLabels ?? {});
    return [spec?.podSelector.matchLabels ?? {}, ...local].flatMap((labels) =>
      problemIf(
        !selectsPods(set, labels, metadata?.namespace),
        file,
        `podSelector must match rendered pods, got ${JSON.stringify(labels)}`,
      ),
    );
  });
}

/** A policy besides `default-deny` selects every pod; without one the pod has no network. */
export function networkPolicyCoverage(set: ResourceSet): Problem[] {
  const policies = set.ofKind('NetworkPolicy');
  if (policies.length === 0) return [];
  return set.workloads().flatMap(({ file, document: { name, namespace, template } }) => {
    const own = policies.filter(
      ({ document: { metadata, spec } }) =>
        metadata?.namespace === namespace &&
        hasLabels(template.metadata?.labels, spec?.podSelector.matchLabels ?? {}),
    );
    return problemIf(own.length === 0, file, `pods of ${name} must have a NetworkPolicy that selects them`);
  });
}

/** An APIService leads to a port of a rendered Service. */
export function apiServiceBackends(set: ResourceSet): Problem[] {
  return set.ofKind('APIService').flatMap(({ file, document: { spec } }) => {
    const { name = '', namespace, port = 443 } = spec?.service ?? {};
    const service = set.find('Service', name, namespace);
    return problemIf(
      service === undefined || !service.spec?.ports?.some((other) => other.port === port),
      file,
      `spec.service must name a rendered Service and its port, got ${namespace}/${name}:${port}`,
    );
  });
}

/** A webhook leads to a port of a rendered Service; the API server would ignore it, or refuse every object. */
export function webhookBackends(set: ResourceSet): Problem[] {
  return set.ofKind('MutatingWebhookConfiguration').flatMap(({ file, document: { webhooks = [] } }) =>
    webhooks.flatMap(({ name, clientConfig: { service } }) => {
      const { name: serviceName = '', namespace, port = 443 } = service ?? {};
      const found = set.find('Service', serviceName, namespace);
      return problemIf(
        found === undefined || !found.spec?.ports?.some((other) => other.port === port),
        file,
        `clientConfig.service of ${name} must name a rendered Service and its port, got ${namespace}/${serviceName}:${port}`,
      );
    }),
  );
}

function selectsPods(
  set: ResourceSet,
  labels: Readonly<Record<string, string>>,
  namespace: string | undefined,
): boolean {
  if (Object.keys(labels).length === 0) return true;
  return set
    .workloads()
    .some(
      ({ document }) =>
        document.namespace === namespace && hasLabels(document.template.metadata?.labels, labels),
    );
}
