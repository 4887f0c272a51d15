import { join } from 'node:path';
import type { Duration, Size } from 'aws-cdk-lib';
import { PolicyDocument, type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import { EncryptedLogGroup } from '../storage/encrypted-log-group';
import { writeLogs } from '../storage/write-logs';
import { BUNDLING, REPOSITORY } from './vpc-function';

export interface DeploymentFunctionProps {
  /** Name of the function, unique in account and region. */
  readonly functionName: string;
  /** What the function does, for the Lambda and IAM consoles. */
  readonly description: string;
  /** TypeScript file that exports `handler`, relative to the root of the repository. */
  readonly entry: string;
  /** Memory, 128 MiB to 10,240 MiB. */
  readonly memory: Size;
  /** Longest run, at most 15 minutes. */
  readonly timeout: Duration;
  /** What the function may do beside writing its log. */
  readonly rights: readonly PolicyStatement[];
  /** Name of the function's log group. */
  readonly logGroupName: string;
  /** Days that log events are kept; CloudWatch Logs accepts certain numbers only, e.g. 30. */
  readonly logRetentionDays: number;
  /** KMS key of the log group; its policy lets CloudWatch Logs use it. */
  readonly logsKey: IKey;
  /** Keep the logs when the stack is deleted. */
  readonly retain: boolean;
}

/**
 * Function of a custom resource that calls AWS alone, so it needs no VPC. It has no dead-letter queue: CloudFormation
 * reports what fails.
 */
export class DeploymentFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: DeploymentFunctionProps) {
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
      // For a crash, which sends CloudFormation no answer; a run that fails has answered.
      retryAttempts: 1,
      role: new Role(scope, `${id}Role`, {
        description: props.description,
        assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
        inlinePolicies: {
          Logs: new PolicyDocument({ statements: [writeLogs(logGroup)] }),
          Rights: new PolicyDocument({ statements: [...props.rights] }),
        },
      }),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      awsSdkConnectionReuse: false, // a switch of the SDK before version 3
      bundling: BUNDLING,
    });
  }
}
