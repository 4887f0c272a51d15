import { type Duration, JsonPatch } from 'cdk8s';
import { spreadOverZonesAndHosts } from './pod-spread';

const POD = '/spec/template/spec';

/**
 * Pod fields of a Deployment that cdk8s-plus-27 does not support, as patches on its output. The `restricted` Pod
 * Security level and a roll-out without lost requests need them.
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
    // Service links would add environment variables for every Service in the namespace.
    JsonPatch.add(`${POD}/enableServiceLinks`, false),
    JsonPatch.add(`${POD}/priorityClassName`, priorityClassName),
    JsonPatch.add(`${POD}/topologySpreadConstraints`, spreadOverZonesAndHosts(selector)),
    // cdk8s-plus labels the pods with a hash of the construct path; no selector uses it.
    JsonPatch.remove('/spec/template/metadata/labels/cdk8s.io~1metadata.addr'),
  ];
}
