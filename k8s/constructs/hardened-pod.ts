import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { spreadOverZonesAndHosts } from './pod-spread';

/** User and group id of every process; not 0, and fixed so that files on volumes keep their owner. */
export const NON_ROOT_ID = 10_001;

/** A container without a security context; `hardenedPod` sets it. */
export type PlainContainer = Omit<IContainer, 'securityContext'>;

export interface HardenedPodProps {
  /** Labels of the pods to spread over zones and hosts. @default - not spread, for a single pod */
  readonly selector?: Readonly<Record<string, string>>;
  /** ServiceAccount that the pod runs under. */
  readonly serviceAccountName: string;
  /** Whether a token for the Kubernetes API is mounted. @default false */
  readonly usesKubernetesApi?: boolean;
  /** At least one. */
  readonly containers: readonly PlainContainer[];
  /** Containers that start before the others; sidecars with `restartPolicy: Always`. @default - none */
  readonly initContainers?: readonly PlainContainer[];
  /** Volumes that the containers mount. @default - none */
  readonly volumes?: IPodSpec['volumes'];
  /** PriorityClass of the pods: which pods the scheduler may evict for them. */
  readonly priorityClassName: string;
  /** `terminationGracePeriodSeconds`: from the request to stop to SIGKILL. @default 30 */
  readonly terminationGraceSeconds?: number;
  /** When the kubelet restarts a container that ended. @default - Kubernetes' default, `Always` */
  readonly restartPolicy?: IPodSpec['restartPolicy'];
}

/** Pod that the `restricted` Pod Security level admits: no root, no capabilities, a read-only file system. */
export function hardenedPod(props: HardenedPodProps): IPodSpec {
  const { initContainers = [], volumes = [] } = props;
  return {
    serviceAccountName: props.serviceAccountName,
    automountServiceAccountToken: props.usesKubernetesApi ?? false,
    // Service links would add environment variables for every Service in the namespace.
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
