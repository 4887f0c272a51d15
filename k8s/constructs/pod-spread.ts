import type { ITopologySpreadConstraint } from 'kubernetes-models/v1/TopologySpreadConstraint';

/**
 * How many pods more than the emptiest, zone or host, another may hold. A new host is empty, so that Karpenter makes
 * one as soon as every host has as many: with 1 each replica of a surge would get a node of its own
 * (aws/karpenter-provider-aws#4666). 3 is also Kubernetes's own default for hosts.
 */
const MOST_SKEW = { 'topology.kubernetes.io/zone': 1, 'kubernetes.io/hostname': 3 } as const;

/**
 * Even spread over zones and hosts, as a preference. `DoNotSchedule` would leave pods pending exactly when they are
 * needed: in a zone failure, or when one zone is short of instances during a surge, the other zones could grow by
 * no more than the skew. Karpenter (EKS Auto Mode) treats the preference as a requirement as long as it can meet
 * it, for new nodes and for consolidation. The template hash keeps a roll-out's old pods out of the count.
 */
export function spreadOverZonesAndHosts(
  selector: Readonly<Record<string, string>>,
): ITopologySpreadConstraint[] {
  return Object.entries(MOST_SKEW).map(([topologyKey, maxSkew]) => ({
    topologyKey,
    maxSkew,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: { ...selector } },
    matchLabelKeys: ['pod-template-hash'],
    nodeTaintsPolicy: 'Honor',
  }));
}
