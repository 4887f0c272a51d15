import { type Duration, JsonPatch, Size } from 'cdk8s';
import {
  type ContainerResources,
  Deployment,
  DeploymentStrategy,
  Env,
  EnvValue,
  FsGroupChangePolicy,
  type IConfigMap,
  ImagePullPolicy,
  type IServiceAccount,
  LabelSelector,
  PercentOrAbsolute,
  Volume,
} from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { NON_ROOT_ID } from './hardened-pod';
import { patchOutput } from './patch-output';
import { podPatches } from './pod-patches';
import { healthProbes } from './probes';

/** Size limit of `/tmp`; the rest of the file system is read-only. */
const TMP_SIZE = Size.mebibytes(256);

/** Space of the container's logs on its node: five files of 10 MiB, and room to rotate them. */
const LOG_SIZE = Size.mebibytes(64);

/** A volume of a pod; it outlives the container, and goes with the pod. */
export interface PodVolume {
  /** `volumes[].name`, unique in the pod. */
  readonly name: string;
  /** Where the container finds it. */
  readonly folder: string;
  /** Size above which Kubernetes evicts the pod. */
  readonly sizeLimit: Size;
}

/** ReplicaSets kept for `kubectl rollout undo`. */
const REVISION_HISTORY_LIMIT = 5;

export interface WebDeploymentProps {
  /** `metadata.name` of the Deployment. */
  readonly name: string;
  /** Labels that select its pods; immutable once applied. */
  readonly selector: Readonly<Record<string, string>>;
  /** Further labels of the pods. @default - none */
  readonly podLabels?: Readonly<Record<string, string>>;
  /** Annotations of the pods; a change rolls them. @default - none */
  readonly podAnnotations?: Readonly<Record<string, string>>;
  /** Name of the only container. */
  readonly container: string;
  /** Image with its tag or digest, e.g. `repository:1.0.0`. */
  readonly image: string;
  /** Port the container listens on. */
  readonly port: number;
  /** Port of the container's Prometheus metrics. */
  readonly metricsPort: number;
  /** Command of the container, e.g. `['node', 'api.js']`. */
  readonly command: readonly string[];
  /** HTTP path that answers with 2xx while the process runs. */
  readonly healthPath: string;
  /** HTTP path that answers with 2xx while the pod may get new requests. */
  readonly readyPath: string;
  /** Requests and limits of the container. */
  readonly resources: ContainerResources;
  /** Volumes besides `/tmp`. @default - none */
  readonly volumes?: readonly PodVolume[];
  /** ConfigMaps of which every key becomes an environment variable (`envFrom`). */
  readonly configMaps: readonly IConfigMap[];
  /** Environment variables that override the ConfigMaps'. @default - none */
  readonly environment?: Readonly<Record<string, string>>;
  /** ServiceAccount that the pods run under; its token is not mounted. */
  readonly serviceAccount: IServiceAccount;
  /** Pause before SIGTERM, while the load balancer stops sending requests. */
  readonly preStop: Duration;
  /** Time from the start of the pause to SIGKILL. */
  readonly terminationGrace: Duration;
  /** How long a new pod must have been ready before a roll-out removes an old one. */
  readonly minReady: Duration;
  /** Pods that a roll-out may add, percent of the replicas. */
  readonly maxSurgePercent: number;
  /** Name of the pods' PriorityClass. */
  readonly priorityClassName: string;
  /** Fixed number of replicas. @default - none: an autoscaler owns the number, and an apply would reset it */
  readonly replicas?: number;
}

/**
 * Deployment of a stateless HTTP server behind the load balancer: its pods are hardened and spread over zones and
 * hosts, and roll-outs and drains lose no request.
 */
export class WebDeployment extends Construct {
  /** Target of autoscalers. */
  readonly deployment: Deployment;

  constructor(scope: Construct, id: string, props: WebDeploymentProps) {
    super(scope, id);
    this.deployment = new Deployment(this, 'Deployment', {
      metadata: { name: props.name },
      ...(props.replicas !== undefined && { replicas: props.replicas }),
      select: false,
      podMetadata: {
        labels: { ...props.podLabels, ...props.selector },
        annotations: { ...props.podAnnotations },
      },
      // New pods come before old ones leave, so that capacity never falls below the load.
      strategy: DeploymentStrategy.rollingUpdate({
        maxSurge: PercentOrAbsolute.percent(props.maxSurgePercent),
        maxUnavailable: PercentOrAbsolute.absolute(0),
      }),
      minReady: props.minReady,
      terminationGracePeriod: props.terminationGrace,
      serviceAccount: props.serviceAccount,
      // EKS Pod Identity mounts its own token; the pods never call the Kubernetes API.
      automountServiceAccountToken: false,
      securityContext: {
        ensureNonRoot: true,
        user: NON_ROOT_ID,
        group: NON_ROOT_ID,
        fsGroup: NON_ROOT_ID,
        fsGroupChangePolicy: FsGroupChangePolicy.ON_ROOT_MISMATCH,
      },
    });
    this.deployment.select(LabelSelector.of({ labels: { ...props.selector } }));
    this.addContainer(props);
    patchOutput(
      this.deployment,
      ...podPatches(props.selector, props.preStop, props.priorityClassName),
      JsonPatch.add('/spec/revisionHistoryLimit', REVISION_HISTORY_LIMIT),
      // cdk8s-plus writes whole gibibytes only.
      ...['requests', 'limits'].map((part) =>
        JsonPatch.add(
          `/spec/template/spec/containers/0/resources/${part}/ephemeral-storage`,
          ephemeralStorage(props.volumes),
        ),
      ),
    );
  }

  private addContainer(props: WebDeploymentProps): void {
    const container = this.deployment.addContainer({
      name: props.container,
      image: props.image,
      command: [...props.command],
      // Tags are immutable in the repository.
      imagePullPolicy: ImagePullPolicy.IF_NOT_PRESENT,
      ports: [
        { name: 'http', number: props.port },
        { name: 'metrics', number: props.metricsPort },
      ],
      envVariables: Object.fromEntries(
        Object.entries(props.environment ?? {}).map(([name, value]) => [name, EnvValue.fromValue(value)]),
      ),
      envFrom: props.configMaps.map((configMap) => Env.fromConfigMap(configMap)),
      resources: props.resources,
      securityContext: {
        ensureNonRoot: true,
        user: NON_ROOT_ID,
        group: NON_ROOT_ID,
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
      },
      ...healthProbes(props),
    });
    container.mount('/tmp', Volume.fromEmptyDir(this, 'Tmp', 'tmp', { sizeLimit: TMP_SIZE }));
    for (const { name, folder, sizeLimit } of props.volumes ?? []) {
      container.mount(folder, Volume.fromEmptyDir(this, `Volume-${name}`, name, { sizeLimit }));
    }
  }
}

/** Kubernetes evicts a pod whose volumes and logs together take more than its limit, however large each may be. */
function ephemeralStorage(volumes: readonly PodVolume[] = []): string {
  const sizes = [TMP_SIZE, LOG_SIZE, ...volumes.map(({ sizeLimit }) => sizeLimit)];
  return `${sizes.reduce((sum, size) => sum + size.toMebibytes(), 0)}Mi`;
}
