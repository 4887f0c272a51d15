import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';

export interface PlainServiceAccountProps {
  readonly name: string;
}

/** ServiceAccount without a mounted token; pods that call the Kubernetes API say so themselves. */
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
