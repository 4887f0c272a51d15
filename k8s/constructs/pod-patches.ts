import { type Duration, JsonPatch } from 'cdk8s';

const POD = '/spec/template/spec';

/**
 * What cdk8s-plus-27 cannot say about the pods of a Deployment, as patches on its output. Each is a pod field
 * of its own; together they are what the `restricted` Pod Security level and a loss-free roll-out need.
 */
export function podPatches(selector: Readonly<Record<string, string>>, preStop: Duration): JsonPatch[] {
  return [
    JsonPatch.add(`${POD}/securityContext/seccompProfile`, { type: 'RuntimeDefault' }),
    JsonPatch.add(`${POD}/containers/0/securityContext/capabilities`, { drop: ['ALL'] }),
    // The kubelet's own sleep (Kubernetes 1.30): the image needs no shell.
    JsonPatch.add(`${POD}/containers/0/lifecycle`, { preStop: { sleep: { seconds: preStop.toSeconds() } } }),
    // The variables of every Service in the namespace would mix with the ConfigMaps'.
    JsonPatch.add(`${POD}/enableServiceLinks`, false),
    JsonPatch.add(`${POD}/topologySpreadConstraints`, [
      spread('topology.kubernetes.io/zone', selector),
      spread('kubernetes.io/hostname', selector),
    ]),
    // cdk8s-plus labels the pods with a hash of the construct path; nothing selects by it.
    JsonPatch.remove('/spec/template/metadata/labels/cdk8s.io~1metadata.addr'),
  ];
}

/**
 * Even spread, as a preference. `DoNotSchedule` would leave pods pending exactly when they are needed: in a
 * zone failure, or when one zone is short of instances during a surge, the other zones could grow by no more
 * than the skew. Karpenter (EKS Auto Mode) treats the preference as a requirement as long as it can meet it,
 * for new nodes and for consolidation. The template hash keeps a roll-out's old pods out of the count.
 */
function spread(topologyKey: string, matchLabels: Readonly<Record<string, string>>) {
  return {
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels },
    matchLabelKeys: ['pod-template-hash'],
    nodeTaintsPolicy: 'Honor',
  };
}
