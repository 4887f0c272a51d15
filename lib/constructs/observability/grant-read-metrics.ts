import { Validations } from 'aws-cdk-lib';
import { Grant, type IRole } from 'aws-cdk-lib/aws-iam';

/**
 * Lets a role find and read metrics of CloudWatch. Reading has neither resources nor conditions in IAM:
 * `cloudwatch:namespace` applies to writing only.
 */
export function grantReadMetrics(role: IRole): Grant {
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'Reading metrics has no resources in IAM.',
  });
  return Grant.addToPrincipal({
    grantee: role,
    actions: ['cloudwatch:GetMetricData', 'cloudwatch:ListMetrics'],
    resourceArns: ['*'],
  });
}
