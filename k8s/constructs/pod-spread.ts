import type { ITopologySpreadConstraint } from 'kubernetes-models/v1/TopologySpreadConstraint';

/**
 * Even spread over zones and hosts, as a preference. `DoNotSchedule` would leave pods pending exactly when they are
 * needed: in a zone failure, or when one zone is short of instances during a surge, the other zones could grow by
 * no more than the skew. Karpenter (EKS Auto Mode) treats the preference as a requirement as long as it can meet
 * it, for new nodes and for consolidation. The template hash keeps a roll-out's old pods out of the count.
 */
export function spreadOverZonesAndHosts(
  selector: Readonly<Record<string, string>>,
): ITopologySpreadConstraint[] {
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: { ...selector } },
    matchLabelKeys: ['pod-template-hash'],
    nodeTaintsPolicy: 'Honor',
  }));
}
