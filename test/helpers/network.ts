import type { Manifest } from '../../k8s/manifest';
import { addressInCidr } from '../../lib/config/subnets';
import type { AnyDocument } from './manifests';

/** One end of a connection: a pod by its namespace and labels, or an address without a pod. */
export type Endpoint =
  | {
      readonly namespace: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly address?: string;
    }
  | { readonly address: string };

/**
 * Whether the NetworkPolicies among the manifests let `from` connect to `to`, by Kubernetes' own rules: a pod that
 * some policy of a direction selects is isolated in that direction and needs a rule that allows the connection; rules
 * and the peers of a rule are alternatives, the selectors inside one peer all have to hold.
 */
export function allows(
  manifests: readonly Manifest[],
  from: Endpoint,
  to: Endpoint,
  port: number,
  protocol: 'TCP' | 'UDP' = 'TCP',
): boolean {
  const policies = manifests
    .map(({ document }) => document as AnyDocument)
    .filter(({ kind }) => kind === 'NetworkPolicy');
  const passes = (pod: Endpoint, other: Endpoint, direction: 'ingress' | 'egress', peers: 'from' | 'to') => {
    const own = policies.filter(
      ({ metadata, spec }) =>
        'namespace' in pod &&
        pod.namespace === metadata.namespace &&
        matches(spec.podSelector, pod.labels) &&
        spec.policyTypes.some((type: string) => type.toLowerCase() === direction),
    );
    if (own.length === 0) return true;
    return own.some(({ metadata, spec }) =>
      (spec[direction] ?? []).some(
        (rule: AnyDocument) =>
          (rule[peers] === undefined ||
            rule[peers].some((peer: AnyDocument) => isPeer(peer, other, metadata.namespace))) &&
          (rule.ports === undefined ||
            rule.ports.some((p: AnyDocument) => p.port === port && p.protocol === protocol)),
      ),
    );
  };
  return passes(from, to, 'egress', 'to') && passes(to, from, 'ingress', 'from');
}

function isPeer(peer: AnyDocument, end: Endpoint, policyNamespace: string): boolean {
  if (peer.ipBlock) {
    const { cidr, except = [] } = peer.ipBlock;
    return (
      end.address !== undefined &&
      contains(cidr, end.address) &&
      !except.some((range: string) => contains(range, end.address as string))
    );
  }
  if (!('namespace' in end)) return false;
  const inNamespace = peer.namespaceSelector
    ? matches(peer.namespaceSelector, { 'kubernetes.io/metadata.name': end.namespace })
    : end.namespace === policyNamespace;
  return inNamespace && (peer.podSelector === undefined || matches(peer.podSelector, end.labels));
}

function matches(selector: AnyDocument, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}

function contains(cidr: string, address: string): boolean {
  const [, mask] = cidr.split('/');
  return addressInCidr(`${address}/${mask}`, 0) === addressInCidr(cidr, 0);
}
