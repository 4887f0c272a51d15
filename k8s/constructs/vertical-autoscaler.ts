import { ApiObject } from 'cdk8s';
import type { IScalable } from 'cdk8s-plus-27';
import { Construct } from 'constructs';

/** Quantities of one bound. */
export interface ResourceBound {
  /** CPU, e.g. `100m`. */
  readonly cpu: string;
  /** Memory, e.g. `128Mi`. */
  readonly memory: string;
}

export interface VerticalAutoscalerProps {
  readonly name: string;
  readonly target: IScalable;
  /** The container it sizes. */
  readonly container: string;
  /** What it does with its recommendation; `Off` only publishes it. */
  readonly updateMode: string;
  readonly minAllowed: ResourceBound;
  readonly maxAllowed: ResourceBound;
  readonly controlledResources: readonly string[];
  /** Annotations of the resource. @default - none */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** VerticalPodAutoscaler of one container; cdk8s-plus has none, for its CRDs are an add-on. */
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
