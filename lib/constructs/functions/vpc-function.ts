import { join } from 'node:path';
import { ArnFormat, type Duration, type Size, Stack, Validations } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import {
  type BundlingOptions,
  type ICommandHooks,
  LogLevel,
  NodejsFunction,
  OutputFormat,
} from 'aws-cdk-lib/aws-lambda-nodejs';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { EncryptedLogGroup } from '../storage/encrypted-log-group';

/** Root of the repository. */
export const REPOSITORY = join(__dirname, '..', '..', '..');

/** What Lambda needs to run a function in a VPC; these actions have no narrower resource than `*`. */
const NETWORK_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * One file of ECMAScript with every package in it, at the version of the lockfile; without source map or list of
 * inputs, which would make its hash depend on the path of the repository.
 */
export const BUNDLING: BundlingOptions = {
  format: OutputFormat.ESM,
  mainFields: ['module', 'main'],
  minify: true,
  sourceMap: false,
  metafile: false,
  externalModules: [],
  // CommonJS packages in the bundle still load Node's modules by `require`.
  banner: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
  esbuildArgs: { '--legal-comments': 'none' },
  logLevel: LogLevel.WARNING,
};

export interface VpcFunctionProps {
  /** Name of the function, unique in account and region. */
  readonly functionName: string;
  /** What the function does, for the Lambda and IAM consoles. */
  readonly description: string;
  /** TypeScript file that exports `handler`, relative to the root of the repository. */
  readonly entry: string;
  /** Memory, 128 MiB to 10,240 MiB; Lambda gives CPU in proportion. */
  readonly memory: Size;
  /** Longest run, at most 15 minutes. */
  readonly timeout: Duration;
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
  /** Name of the function's log group. */
  readonly logGroupName: string;
  /** Days that log events are kept; CloudWatch Logs accepts certain numbers only, e.g. 30. */
  readonly logRetentionDays: number;
  /** KMS key of the log group; its policy lets CloudWatch Logs use it. */
  readonly logsKey: IKey;
  /** Keep the logs when the stack is deleted. */
  readonly retain: boolean;
  /** Commands of the bundling, e.g. to copy files that the code reads. @default - none */
  readonly commandHooks?: ICommandHooks;
}

/** A function in the private subnets: limited in time, concurrency and rights, with a log and a dead-letter queue. */
export class VpcFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: VpcFunctionProps) {
    const logGroup = new EncryptedLogGroup(scope, `${id}Logs`, {
      logGroupName: props.logGroupName,
      retentionDays: props.logRetentionDays,
      encryptionKey: props.logsKey,
      retain: props.retain,
    });
    super(scope, id, {
      functionName: props.functionName,
      description: props.description,
      entry: join(REPOSITORY, props.entry),
      projectRoot: REPOSITORY,
      depsLockFilePath: join(REPOSITORY, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memory.toMebibytes(),
      timeout: props.timeout,
      reservedConcurrentExecutions: props.concurrency,
      maxEventAge: props.eventMaxAge,
      retryAttempts: props.retries,
      onFailure: new SqsDestination(props.deadLetterQueue),
      role: executionRole(scope, `${id}Role`, props, logGroup),
      vpc: props.vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [props.securityGroup],
      tracing: props.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      awsSdkConnectionReuse: false, // a switch of the SDK before version 3
      bundling: { ...BUNDLING, commandHooks: props.commandHooks },
    });
    if (props.tracing) {
      Validations.of(this.role as Role).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'X-Ray takes traces without naming a resource.',
      });
    }
  }
}

/** Execution role: it may write the log. Lambda needs the rights on network interfaces; the code is denied them. */
function executionRole(scope: Construct, id: string, props: VpcFunctionProps, logGroup: ILogGroup): Role {
  const functionArn = Stack.of(scope).formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: props.functionName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const role = new Role(scope, id, {
    description: props.description,
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      Logs: new PolicyDocument({
        statements: [
          new PolicyStatement({
            actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            resources: [logGroup.logGroupArn],
          }),
        ],
      }),
      Network: new PolicyDocument({
        statements: [
          new PolicyStatement({ actions: NETWORK_ACTIONS, resources: ['*'] }),
          new PolicyStatement({
            effect: Effect.DENY,
            actions: NETWORK_ACTIONS,
            resources: ['*'],
            conditions: { ArnEquals: { 'lambda:SourceFunctionArn': functionArn } },
          }),
        ],
      }),
    },
  });
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason:
      'Lambda manages network interfaces whose ids nobody knows beforehand; the code itself is denied to.',
  });
  return role;
}
