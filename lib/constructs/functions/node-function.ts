import { join } from 'node:path';
import type { Duration, Size } from 'aws-cdk-lib';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import {
  type BundlingOptions,
  type ICommandHooks,
  LogLevel,
  type NodejsFunctionProps,
  OutputFormat,
} from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import { EncryptedLogGroup } from '../storage/encrypted-log-group';
import { writeLogs } from '../storage/write-logs';

/** Root of the repository. */
const REPOSITORY = join(__dirname, '..', '..', '..');

/**
 * One file of ECMAScript with every package in it, at the version of the lockfile; without source map or list of
 * inputs, which would make its hash depend on the path of the repository.
 */
const BUNDLING: BundlingOptions = {
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

/** What every function of the platform is given. */
export interface NodeFunctionProps {
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

/**
 * What all functions have in common: Node on ARM, the bundle, a log group of their own and an execution role.
 * @param policies what the function may do beside writing its log, by the policy's name
 */
export function nodeFunctionProps(
  scope: Construct,
  id: string,
  props: NodeFunctionProps,
  policies: Readonly<Record<string, PolicyDocument>>,
): NodejsFunctionProps {
  const { functionName, description, entry, memory, timeout, commandHooks } = props;
  const logGroup = new EncryptedLogGroup(scope, `${id}Logs`, {
    logGroupName: props.logGroupName,
    retentionDays: props.logRetentionDays,
    encryptionKey: props.logsKey,
    retain: props.retain,
  });
  const role = new Role(scope, `${id}Role`, {
    description,
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: { Logs: new PolicyDocument({ statements: [writeLogs(logGroup)] }), ...policies },
  });
  return {
    ...{ functionName, description, timeout, role, logGroup },
    entry: join(REPOSITORY, entry),
    projectRoot: REPOSITORY,
    depsLockFilePath: join(REPOSITORY, 'package-lock.json'),
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: memory.toMebibytes(),
    loggingFormat: LoggingFormat.JSON,
    awsSdkConnectionReuse: false, // a switch of the SDK before version 3
    bundling: { ...BUNDLING, commandHooks },
  };
}
