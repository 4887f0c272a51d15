import { PolicyDocument, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import { type NodeFunctionProps, nodeFunctionProps } from './node-function';

export interface DeploymentFunctionProps extends Omit<NodeFunctionProps, 'commandHooks'> {
  /** What the function may do beside writing its log. */
  readonly rights: readonly PolicyStatement[];
}

/**
 * Function of a custom resource that calls AWS alone, so it needs no VPC. It has no dead-letter queue: CloudFormation
 * reports what fails.
 */
export class DeploymentFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, { rights, ...props }: DeploymentFunctionProps) {
    super(scope, id, {
      ...nodeFunctionProps(scope, id, props, { Rights: new PolicyDocument({ statements: [...rights] }) }),
      // For a crash, which sends CloudFormation no answer; a run that fails has answered.
      retryAttempts: 1,
    });
  }
}
