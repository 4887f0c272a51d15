import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';

/** One port of a Service; TCP. */
export interface ServicePort {
  /** Unique in the Service, e.g. `http`. */
  readonly name: string;
  /** Port that clients connect to. */
  readonly port: number;
  /** Port that the pods listen on. */
  readonly targetPort: number;
}

export interface ClusterServiceProps {
  /** `metadata.name`, and the host name inside the namespace. */
  readonly name: string;
  /** Labels of the pods behind the Service. */
  readonly selector: Readonly<Record<string, string>>;
  /** At least one. */
  readonly ports: readonly ServicePort[];
  /** Whether each client address stays with one pod (`sessionAffinity: ClientIP`). @default false */
  readonly sticky?: boolean;
}

/** Service of type `ClusterIP`: reachable inside the cluster only. */
export class ClusterService extends Construct {
  constructor(scope: Construct, id: string, props: ClusterServiceProps) {
    super(scope, id);
    new ApiObject(this, 'Resource', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: props.name },
      spec: {
        type: 'ClusterIP',
        selector: { ...props.selector },
        ports: props.ports.map((port) => ({ ...port, protocol: 'TCP' })),
        ...(props.sticky && { sessionAffinity: 'ClientIP' }),
      },
    });
  }
}
