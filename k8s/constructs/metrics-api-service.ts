import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ClusterObject } from './cluster-object';

const RBAC = 'rbac.authorization.k8s.io';
const METRICS_GROUP = 'custom.metrics.k8s.io';
const METRICS_VERSION = 'v1beta1';

/** Namespace of the ConfigMap with which an extension API server authenticates its callers. */
const SYSTEM_NAMESPACE = 'kube-system';

/** ServiceAccount of the HPA controller. */
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
  /** HTTPS port of the provider's Service. */
  readonly port: number;
  /** Pod metrics that the HPA controller may read, e.g. `requests_per_second`. */
  readonly podMetrics: readonly string[];
}

/** Registers a Service as the cluster's custom metrics API, lets it authenticate callers, and lets the HPA read it. */
export class MetricsApiService extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: MetricsApiServiceProps,
  ) {
    super(scope, id);
    this.register();
    this.grantAuthentication();
    this.grantHpaRead();
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
        // The provider signs its own certificate at every start, so no CA is known when the manifests are rendered. An
        // attacker who replaced the Service could serve false metrics, within the HPA's bounds. The path is control
        // plane to pod inside the VPC, and the network policy allows no other client.
        insecureSkipTLSVerify: true,
      },
    });
  }

  /** The provider authenticates callers with TokenReview and authorizes them with SubjectAccessReview. */
  private grantAuthentication(): void {
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

  /** Lets the HPA controller read one pod metric; some clusters' own role for it allows all custom metrics already. */
  private grantHpaRead(): void {
    const name = `${this.props.name}-hpa-reader`;
    new ClusterObject(this, 'HpaReader', {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        {
          apiGroups: [METRICS_GROUP],
          // A metric is a subresource: /namespaces/<ns>/pods/*/<metric>.
          resources: this.props.podMetrics.map((metric) => `pods/${metric}`),
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
