import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';

export interface ServicePort {
  readonly name: string;
  /** Port of the Service. */
  readonly port: number;
  /** Port of the pods. */
  readonly targetPort: number;
}

export interface ClusterServiceProps {
  readonly name: string;
  /** Labels of the pods behind it. */
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: readonly ServicePort[];
  /** Keep each client at one pod. @default false */
  readonly sticky?: boolean;
}

/** Service with an address inside the cluster. */
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
