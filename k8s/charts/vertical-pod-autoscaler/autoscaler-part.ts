import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { NAMESPACE, PROJECT } from '../../../lib/config/names';
import { type ComponentName, SUPPORT_PRIORITY, selectorOf } from '../../components';
import { ClusterObject } from '../../constructs/cluster-object';
import { hardenedPod, type PlainContainer } from '../../constructs/hardened-pod';
import { ServerDeployment } from '../../constructs/server-deployment';
import { PlainServiceAccount } from '../../constructs/service-account';
import { type Image, imageReference } from '../../images';
import type { AccessRule } from './access';

const RBAC = 'rbac.authorization.k8s.io';

/** ClusterRole with what all parts read. */
export const READER_ROLE = `${PROJECT}-vpa-reader`;

/** Port of each part's health check and metrics. */
const HEALTH_PORT = 8942;

export interface AutoscalerPartProps {
  /** Name of its Deployment, ServiceAccount, Role and bindings. */
  readonly name: ComponentName;
  /** Its program. */
  readonly image: Image;
  /** Flags beside those that all parts have. */
  readonly args: readonly string[];
  /** Requests and limits of the container. */
  readonly resources: PlainContainer['resources'];
  /** Rights in the platform's namespace. */
  readonly writes: readonly AccessRule[];
  /** Annotations of the pod; a change replaces it. @default - none */
  readonly podAnnotations?: Readonly<Record<string, string>>;
  /** Ports beside the one of the health check. @default - none */
  readonly ports?: PlainContainer['ports'];
  /** Containers that run before it. @default - none */
  readonly initContainers?: readonly PlainContainer[];
  /** Volumes of the pod. @default - none */
  readonly volumes?: IPodSpec['volumes'];
  /** What the container mounts of them. @default - none */
  readonly volumeMounts?: PlainContainer['volumeMounts'];
}

/**
 * A program of the Vertical Pod Autoscaler: one pod, because without a leader two of them would do everything twice. It
 * reads workloads everywhere, and changes things in the platform's namespace alone.
 */
export class AutoscalerPart extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: AutoscalerPartProps,
  ) {
    super(scope, id);
    const { name } = props;
    new PlainServiceAccount(this, 'ServiceAccount', { name });
    this.grantReads();
    this.grantWrites();
    new ServerDeployment(this, 'Server', {
      name,
      selector: selectorOf(name),
      replicas: 1,
      singleton: true,
      ...(props.podAnnotations && { podAnnotations: props.podAnnotations }),
      pod: hardenedPod({
        serviceAccountName: name,
        usesKubernetesApi: true,
        priorityClassName: SUPPORT_PRIORITY,
        containers: [this.container()],
        ...(props.initContainers && { initContainers: props.initContainers }),
        ...(props.volumes && { volumes: props.volumes }),
      }),
    });
  }

  private container(): PlainContainer {
    const { args, image, ports = [], resources, volumeMounts } = this.props;
    const probe = { httpGet: { path: '/health-check', port: HEALTH_PORT }, timeoutSeconds: 3 };
    return {
      name: 'autoscaler',
      image: imageReference(image),
      args: [`--vpa-object-namespace=${NAMESPACE}`, `--address=:${HEALTH_PORT}`, '--v=2', ...args],
      // Namespace of the lease by which the updater knows that the admission controller works.
      env: [{ name: 'NAMESPACE', value: NAMESPACE }],
      ports: [{ name: 'health', containerPort: HEALTH_PORT, protocol: 'TCP' }, ...ports],
      resources,
      readinessProbe: { ...probe, periodSeconds: 5 },
      livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
      ...(volumeMounts && { volumeMounts }),
    };
  }

  private get subjects() {
    return [{ kind: 'ServiceAccount', name: this.props.name, namespace: NAMESPACE }];
  }

  private grantReads(): void {
    new ClusterObject(this, 'Reads', {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: this.props.name },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: READER_ROLE },
      subjects: this.subjects,
    });
  }

  private grantWrites(): void {
    const { name, writes } = this.props;
    const metadata = { name };
    new ApiObject(this, 'Role', { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules: writes });
    new ApiObject(this, 'Writes', {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC, kind: 'Role', name },
      subjects: this.subjects,
    });
  }
}
