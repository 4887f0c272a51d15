import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';

/** ReplicaSets kept for `kubectl rollout undo`. */
const REVISION_HISTORY_LIMIT = 5;

const ONE_MORE_BEFORE_ONE_LESS = {
  type: 'RollingUpdate',
  rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
};

export interface ServerDeploymentProps {
  /** `metadata.name` of the Deployment. */
  readonly name: string;
  /** Labels that select its pods; immutable once applied. */
  readonly selector: Readonly<Record<string, string>>;
  /** Further labels of the pods. @default - none */
  readonly podLabels?: Readonly<Record<string, string>>;
  /** Annotations of the pods; a change rolls them. @default - none */
  readonly podAnnotations?: Readonly<Record<string, string>>;
  /** Fixed number of replicas. */
  readonly replicas: number;
  /** Spec of the pods; see `hardenedPod`. */
  readonly pod: IPodSpec;
  /**
   * Whether two pods must never run side by side: a roll-out then removes the pod before it adds the next one.
   * @default false
   */
  readonly singleton?: boolean;
  /** How long a new pod must have been ready before a roll-out removes an old one, seconds. @default 0 */
  readonly minReadySeconds?: number;
}

/** Deployment of a supporting server with a fixed number of replicas. A roll-out adds a pod before it removes one, except for a singleton's. */
export class ServerDeployment extends Construct {
  constructor(scope: Construct, id: string, props: ServerDeploymentProps) {
    super(scope, id);
    const annotations = props.podAnnotations ?? {};
    new ApiObject(this, 'Resource', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: props.name },
      spec: {
        replicas: props.replicas,
        minReadySeconds: props.minReadySeconds ?? 0,
        revisionHistoryLimit: REVISION_HISTORY_LIMIT,
        selector: { matchLabels: { ...props.selector } },
        strategy: props.singleton ? { type: 'Recreate' } : ONE_MORE_BEFORE_ONE_LESS,
        template: {
          metadata: {
            labels: { ...props.podLabels, ...props.selector },
            ...(Object.keys(annotations).length > 0 && { annotations: { ...annotations } }),
          },
          spec: props.pod,
        },
      },
    });
  }
}
