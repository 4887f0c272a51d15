import { type Duration, JsonPatch } from 'cdk8s';
import { spreadOverZonesAndHosts } from './pod-spread';

const POD = '/spec/template/spec';

/**
 * What cdk8s-plus-27 cannot say about the pods of a Deployment, as patches on its output. Each is a pod field
 * of its own; together they are what the `restricted` Pod Security level and a loss-free roll-out need.
 */
export function podPatches(
  selector: Readonly<Record<string, string>>,
  preStop: Duration,
  priorityClassName: string,
): JsonPatch[] {
  return [
    JsonPatch.add(`${POD}/securityContext/seccompProfile`, { type: 'RuntimeDefault' }),
    JsonPatch.add(`${POD}/containers/0/securityContext/capabilities`, { drop: ['ALL'] }),
    // The kubelet's own sleep (Kubernetes 1.30): the image needs no shell.
    JsonPatch.add(`${POD}/containers/0/lifecycle`, { preStop: { sleep: { seconds: preStop.toSeconds() } } }),
    // The variables of every Service in the namespace would mix with the ConfigMaps'.
    JsonPatch.add(`${POD}/enableServiceLinks`, false),
    JsonPatch.add(`${POD}/priorityClassName`, priorityClassName),
    JsonPatch.add(`${POD}/topologySpreadConstraints`, spreadOverZonesAndHosts(selector)),
    // cdk8s-plus labels the pods with a hash of the construct path; nothing selects by it.
    JsonPatch.remove('/spec/template/metadata/labels/cdk8s.io~1metadata.addr'),
  ];
}
