import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';

export interface PlainServiceAccountProps {
  /** `metadata.name`. */
  readonly name: string;
}

/** ServiceAccount whose token is not mounted; a pod that calls the Kubernetes API mounts it itself. */
export class PlainServiceAccount extends Construct {
  constructor(scope: Construct, id: string, { name }: PlainServiceAccountProps) {
    super(scope, id);
    new ApiObject(this, 'Resource', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name },
      automountServiceAccountToken: false,
    });
  }
}
