import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { spreadOverZonesAndHosts } from './pod-spread';

/** User and group of every process; any id but 0, fixed so that files on volumes keep their owner. */
export const NON_ROOT_ID = 10_001;

/** A container before it is hardened; its security context is not its own to say. */
export type PlainContainer = Omit<IContainer, 'securityContext'>;

export interface HardenedPodProps {
  /** Labels of the pods, by which they are spread. @default - not spread: a pod that is alone */
  readonly selector?: Readonly<Record<string, string>>;
  readonly serviceAccountName: string;
  /** Mount a token of the Kubernetes API. @default false */
  readonly usesKubernetesApi?: boolean;
  readonly containers: readonly PlainContainer[];
  /** Containers that start before; with `restartPolicy: Always` they stay. @default - none */
  readonly initContainers?: readonly PlainContainer[];
  /** @default - none */
  readonly volumes?: IPodSpec['volumes'];
  /** Name of a PriorityClass. */
  readonly priorityClassName: string;
  /** Time from the request to stop to SIGKILL, seconds. @default 30 */
  readonly terminationGraceSeconds?: number;
  /** @default - Kubernetes' own, `Always` */
  readonly restartPolicy?: IPodSpec['restartPolicy'];
}

/** Pod that the `restricted` Pod Security level admits: no root, no capabilities, a read-only file system. */
export function hardenedPod(props: HardenedPodProps): IPodSpec {
  const { initContainers = [], volumes = [] } = props;
  return {
    serviceAccountName: props.serviceAccountName,
    automountServiceAccountToken: props.usesKubernetesApi ?? false,
    // The variables of every Service in the namespace would mix with the containers' own.
    enableServiceLinks: false,
    priorityClassName: props.priorityClassName,
    terminationGracePeriodSeconds: props.terminationGraceSeconds ?? 30,
    ...(props.restartPolicy && { restartPolicy: props.restartPolicy }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: NON_ROOT_ID,
      runAsGroup: NON_ROOT_ID,
      fsGroup: NON_ROOT_ID,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(props.selector && { topologySpreadConstraints: spreadOverZonesAndHosts(props.selector) }),
    ...(initContainers.length > 0 && { initContainers: initContainers.map(hardened) }),
    containers: props.containers.map(hardened),
    ...(volumes.length > 0 && { volumes }),
  };
}

function hardened(container: PlainContainer): IContainer {
  return {
    imagePullPolicy: 'IfNotPresent',
    ...container,
    securityContext: {
      runAsNonRoot: true,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    },
  };
}
