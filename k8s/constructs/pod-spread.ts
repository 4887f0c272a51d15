import type { ITopologySpreadConstraint } from 'kubernetes-models/v1/TopologySpreadConstraint';

/**
 * `maxSkew` by topology: how many more pods than the emptiest zone or host another one may hold. A new host is empty,
 * so Karpenter adds one as soon as every host is at the skew. With 1 each replica of a surge would get its own node
 * (aws/karpenter-provider-aws#4666). 3 is also Kubernetes' own default for hosts.
 */
const MAX_SKEW = { 'topology.kubernetes.io/zone': 1, 'kubernetes.io/hostname': 3 } as const;

/**
 * Even spread over zones and hosts, as a preference. `DoNotSchedule` would leave pods pending when they are needed
 * most: in a zone failure, or when one zone is short of instances during a surge, the other zones could grow by no more
 * than the skew. Karpenter (EKS Auto Mode) treats the preference as a requirement as long as it can meet it, for new
 * nodes and for consolidation. `pod-template-hash` excludes a roll-out's old pods from the count.
 */
export function spreadOverZonesAndHosts(
  selector: Readonly<Record<string, string>>,
): ITopologySpreadConstraint[] {
  return Object.entries(MAX_SKEW).map(([topologyKey, maxSkew]) => ({
    topologyKey,
    maxSkew,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: { ...selector } },
    matchLabelKeys: ['pod-template-hash'],
    nodeTaintsPolicy: 'Honor',
  }));
}
