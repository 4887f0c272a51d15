import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ClusterObject } from './cluster-object';

const RBAC = 'rbac.authorization.k8s.io';
const METRICS_GROUP = 'custom.metrics.k8s.io';
const METRICS_VERSION = 'v1beta1';

/** Where Kubernetes keeps what an API server behind the aggregation layer reads to know its callers. */
const SYSTEM_NAMESPACE = 'kube-system';

/** Who the HPA controller is. */
const HPA_CONTROLLER = {
  kind: 'ServiceAccount',
  name: 'horizontal-pod-autoscaler',
  namespace: SYSTEM_NAMESPACE,
};

export interface MetricsApiServiceProps {
  /** Name of the provider's ServiceAccount and Service; the cluster-scoped names begin with it. */
  readonly name: string;
  /** Namespace of the provider. */
  readonly namespace: string;
  /** Port of its Service. */
  readonly port: number;
  /** The metric of pods that the HPA controller may read. */
  readonly podMetric: string;
}

/** Makes a Service the cluster's custom metrics API: registration, knowledge of callers, right of the HPA to ask. */
export class MetricsApiService extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: MetricsApiServiceProps,
  ) {
    super(scope, id);
    this.register();
    this.letAskWhoCalls();
    this.letHpaRead();
  }

  private register(): void {
    const { name, namespace, port } = this.props;
    new ClusterObject(this, 'Resource', {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `${METRICS_VERSION}.${METRICS_GROUP}` },
      spec: {
        group: METRICS_GROUP,
        version: METRICS_VERSION,
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { name, namespace, port },
        // The provider signs a certificate of its own at every start, and no CA is known when manifests are rendered:
        // who could take the Service's place could serve false metrics, within the HPA's bounds. The path is control
        // plane to pod inside the VPC, and the network policy admits nobody else.
        insecureSkipTLSVerify: true,
      },
    });
  }

  /** The provider asks Kubernetes who its caller is (TokenReview) and what he may (SubjectAccessReview). */
  private letAskWhoCalls(): void {
    const { name, namespace } = this.props;
    const subjects = [{ kind: 'ServiceAccount', name, namespace }];
    new ClusterObject(this, 'AuthDelegator', {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: `${name}-auth-delegator` },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'system:auth-delegator' },
      subjects,
    });
    new ApiObject(this, 'AuthReader', {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: { name: `${name}-auth-reader`, namespace: SYSTEM_NAMESPACE },
      roleRef: { apiGroup: RBAC, kind: 'Role', name: 'extension-apiserver-authentication-reader' },
      subjects,
    });
  }

  /** One metric of pods; clusters whose own role for the HPA controller has all custom metrics need no more. */
  private letHpaRead(): void {
    const name = `${this.props.name}-hpa-reader`;
    new ClusterObject(this, 'HpaReader', {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        {
          apiGroups: [METRICS_GROUP],
          // The metric is a subresource: /namespaces/<ns>/pods/*/<metric>.
          resources: [`pods/${this.props.podMetric}`],
          verbs: ['get', 'list'],
        },
      ],
    });
    new ClusterObject(this, 'HpaReaderBinding', {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
      subjects: [HPA_CONTROLLER],
    });
  }
}
