import { ArnFormat, type Duration, Stack, Validations } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyDocument, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { type NodeFunctionProps, nodeFunctionProps } from './node-function';

/** What Lambda needs to run a function in a VPC; these actions have no narrower resource than `*`. */
const NETWORK_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

export interface VpcFunctionProps extends NodeFunctionProps {
  /** Most runs at the same time; reserved from the account's quota for this function. */
  readonly concurrency: number;
  /** Time for which Lambda keeps an asynchronous event that has not run, or whose run failed. */
  readonly eventMaxAge: Duration;
  /** Retries of a failed asynchronous run, 0 to 2. */
  readonly retries: number;
  /** Queue that receives events whose runs all failed, or that became too old. */
  readonly deadLetterQueue: IQueue;
  /** VPC whose private subnets the function runs in. */
  readonly vpc: IVpc;
  /** Security group of the function's network interfaces. */
  readonly securityGroup: ISecurityGroup;
  /** Record traces with AWS X-Ray. */
  readonly tracing: boolean;
}

/** A function in the private subnets: limited in time, concurrency and rights, with a log and a dead-letter queue. */
export class VpcFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: VpcFunctionProps) {
    super(scope, id, {
      ...nodeFunctionProps(scope, id, props, { Network: networkPolicy(scope, props.functionName) }),
      reservedConcurrentExecutions: props.concurrency,
      maxEventAge: props.eventMaxAge,
      retryAttempts: props.retries,
      onFailure: new SqsDestination(props.deadLetterQueue),
      vpc: props.vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [props.securityGroup],
      tracing: props.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
    });
    const acknowledge = (reason: string) =>
      Validations.of(this.role as Role).acknowledge({ id: 'AwsSolutions-IAM5[Resource::*]', reason });
    acknowledge(
      'Lambda manages network interfaces whose ids nobody knows beforehand; the code itself is denied to.',
    );
    if (props.tracing) acknowledge('X-Ray takes traces without naming a resource.');
  }
}

/** Lambda needs the rights on network interfaces; the function's code is denied them. */
function networkPolicy(scope: Construct, functionName: string): PolicyDocument {
  const functionArn = Stack.of(scope).formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: functionName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return new PolicyDocument({
    statements: [
      new PolicyStatement({ actions: NETWORK_ACTIONS, resources: ['*'] }),
      new PolicyStatement({
        effect: Effect.DENY,
        actions: NETWORK_ACTIONS,
        resources: ['*'],
        conditions: { ArnEquals: { 'lambda:SourceFunctionArn': functionArn } },
      }),
    ],
  });
}
