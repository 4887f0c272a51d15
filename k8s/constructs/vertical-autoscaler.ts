import { ApiObject } from 'cdk8s';
import type { IScalable } from 'cdk8s-plus-27';
import { Construct } from 'constructs';

/** Lower or upper bound of a container's requests, as Kubernetes quantities. */
export interface ResourceBound {
  /** CPU, e.g. `100m`. */
  readonly cpu: string;
  /** Memory, e.g. `128Mi`. */
  readonly memory: string;
}

export interface VerticalAutoscalerProps {
  /** `metadata.name`. */
  readonly name: string;
  /** Workload whose pods it sizes (`targetRef`). */
  readonly target: IScalable;
  /** Name of the container whose requests it sets. */
  readonly container: string;
  /** How it applies recommendations, e.g. `InPlaceOrRecreate`; `Off` only publishes them. */
  readonly updateMode: string;
  /** Smallest requests that it may set. */
  readonly minAllowed: ResourceBound;
  /** Largest requests that it may set. */
  readonly maxAllowed: ResourceBound;
  /** Resources whose requests it may change: `cpu`, `memory`. */
  readonly controlledResources: readonly string[];
  /** Annotations of the resource. @default - none */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** VerticalPodAutoscaler of one container. cdk8s-plus does not offer it, because its CRD is an add-on. */
export class VerticalAutoscaler extends Construct {
  constructor(scope: Construct, id: string, props: VerticalAutoscalerProps) {
    super(scope, id);
    const { apiVersion, kind, name } = props.target.toScalingTarget();
    new ApiObject(this, 'Resource', {
      apiVersion: 'autoscaling.k8s.io/v1',
      kind: 'VerticalPodAutoscaler',
      metadata: { name: props.name, annotations: props.annotations },
      spec: {
        targetRef: { apiVersion, kind, name },
        updatePolicy: { updateMode: props.updateMode },
        resourcePolicy: {
          containerPolicies: [
            {
              containerName: props.container,
              minAllowed: { ...props.minAllowed },
              maxAllowed: { ...props.maxAllowed },
              controlledResources: [...props.controlledResources],
            },
          ],
        },
      },
    });
  }
}
