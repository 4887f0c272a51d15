import {
  AssetHashType,
  CfnCustomResource,
  DockerImage,
  Duration,
  Size,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import {
  BuildSpec,
  CfnProject,
  ComputeType,
  LinuxArmBuildImage,
  LinuxBuildImage,
} from 'aws-cdk-lib/aws-codebuild';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import {
  BUILD_MINUTES,
  BUILD_VARIABLES,
  IMAGE_BUILD_PROPERTIES,
  QUEUE_MINUTES,
} from '../../../lambda/image-build/constants';
import { DeploymentFunction } from '../functions/deployment-function';
import { EncryptedLogGroup } from '../storage/encrypted-log-group';
import { writeLogs } from '../storage/write-logs';

/** Longest run that Lambda allows: a build with its wait for a machine, and the answer. */
const TIMEOUT = Duration.minutes(15);

/** How long CloudFormation waits for an answer; the function answers before its own time-out. */
const SERVICE_TIMEOUT = TIMEOUT.plus(Duration.minutes(2));

/** Machines that run Docker, by architecture: an image is built where it would run. */
const MACHINES = {
  amd64: { type: 'LINUX_CONTAINER', image: LinuxBuildImage.AMAZON_LINUX_2023_5.imageId },
  arm64: { type: 'ARM_CONTAINER', image: LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0.imageId },
} as const;

const { architecture, registry, repositoryUri, tag } = BUILD_VARIABLES;

const BUILD_SPEC = BuildSpec.fromObjectToYaml({
  version: '0.2',
  phases: {
    build: {
      'on-failure': 'ABORT',
      commands: [
        `aws ecr get-login-password | docker login --username AWS --password-stdin "$${registry}"`,
        // Without an attestation the tag names the image itself, not an index of two manifests.
        `docker build --provenance=false --platform "linux/$${architecture}" --tag "$${repositoryUri}:$${tag}" .`,
        `docker push "$${repositoryUri}:$${tag}"`,
      ],
    },
  },
});

export interface ImageBuildProps {
  /** Name of the CodeBuild project and of the function, unique in account and region. */
  readonly name: string;
  /** ECR repository that gets the image. */
  readonly repository: IRepository;
  /** Tag of the image; a deployment with another tag builds it. */
  readonly tag: string;
  /** CPU architecture of the image. */
  readonly architecture: 'amd64' | 'arm64';
  /** Folder that the files of the image come from, for its hash where nothing is bundled. */
  readonly sources: string;
  /** Writes the Dockerfile and what it copies into an empty folder. */
  readonly writeFiles: (folder: string) => void;
  /** Start of the log groups' names, e.g. `/llm-cost-ops/dev/image-build`. */
  readonly logGroupPrefix: string;
  /** Days that log events are kept; CloudWatch Logs accepts certain numbers only, e.g. 30. */
  readonly logRetentionDays: number;
  /** KMS key of the log groups; its policy lets CloudWatch Logs use it. */
  readonly logsKey: IKey;
  /** Keep the logs when the stack is deleted. */
  readonly retain: boolean;
}

/**
 * Builds an image in the account while the stack is deployed, so that nobody needs Docker: a custom resource starts a
 * build of CodeBuild and waits for it. It does nothing where the repository has the tag, nor when it is deleted. A
 * build that fails makes the deployment fail, with the address of its log.
 */
export class ImageBuild extends Construct {
  private readonly project: CfnProject;

  constructor(scope: Construct, id: string, props: ImageBuildProps) {
    super(scope, id);
    const files = this.createAsset(props);
    const logGroup = new EncryptedLogGroup(this, 'Logs', {
      logGroupName: props.logGroupPrefix,
      retentionDays: props.logRetentionDays,
      encryptionKey: props.logsKey,
      retain: props.retain,
    });
    this.project = this.createProject(props, files, logGroup);
    this.createResource(props, this.createFunction(props));
  }

  private createAsset({ sources, writeFiles }: ImageBuildProps): Asset {
    return new Asset(this, 'Files', {
      path: sources,
      assetHashType: AssetHashType.OUTPUT,
      bundling: {
        image: DockerImage.fromRegistry('scratch'), // never pulled: the local way always works
        local: {
          tryBundle: (folder) => {
            writeFiles(folder);
            return true;
          },
        },
      },
    });
  }

  private createProject(props: ImageBuildProps, files: Asset, logGroup: ILogGroup): CfnProject {
    const { repository } = props;
    const machine = MACHINES[props.architecture];
    const project = new CfnProject(this, 'Project', {
      name: props.name,
      description: 'Builds the image of the service',
      serviceRole: this.createBuildRole(props, files, logGroup).roleArn,
      artifacts: { type: 'NO_ARTIFACTS' },
      source: {
        type: 'S3',
        location: `${files.s3BucketName}/${files.s3ObjectKey}`,
        buildSpec: BUILD_SPEC.toBuildSpec(),
      },
      environment: {
        ...machine,
        computeType: ComputeType.SMALL,
        privilegedMode: true,
        environmentVariables: Object.entries({
          [registry]: `${repository.env.account}.dkr.ecr.${repository.env.region}.${Stack.of(this).urlSuffix}`,
          [repositoryUri]: repository.repositoryUri,
          [architecture]: props.architecture,
          [tag]: props.tag,
        }).map(([name, value]) => ({ name, value })),
      },
      timeoutInMinutes: BUILD_MINUTES,
      queuedTimeoutInMinutes: QUEUE_MINUTES,
      logsConfig: { cloudWatchLogs: { status: 'ENABLED', groupName: logGroup.logGroupName } },
    });
    Validations.of(project).acknowledge(
      { id: 'AwsSolutions-CB3', reason: 'Docker runs in privileged mode alone; what it builds is our own.' },
      { id: 'AwsSolutions-CB4', reason: 'The build leaves no artifacts that a key would encrypt.' },
    );
    return project;
  }

  /** What a build may do: read its files, write its log, and push to one repository. */
  private createBuildRole({ repository }: ImageBuildProps, files: Asset, logGroup: ILogGroup): Role {
    const role = new Role(this, 'BuildRole', {
      description: 'Builds the image of the service',
      assumedBy: new ServicePrincipal('codebuild.amazonaws.com'),
      inlinePolicies: {
        Build: new PolicyDocument({
          statements: [
            writeLogs(logGroup),
            new PolicyStatement({
              actions: ['s3:GetObject', 's3:GetObjectVersion'],
              resources: [files.bucket.arnForObjects(files.s3ObjectKey)],
            }),
            new PolicyStatement({
              actions: ['s3:GetBucketAcl', 's3:GetBucketLocation'],
              resources: [files.bucket.bucketArn],
            }),
            new PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }),
            new PolicyStatement({
              actions: [
                'ecr:BatchCheckLayerAvailability',
                'ecr:BatchGetImage',
                'ecr:CompleteLayerUpload',
                'ecr:InitiateLayerUpload',
                'ecr:PutImage',
                'ecr:UploadLayerPart',
              ],
              resources: [repository.repositoryArn],
            }),
          ],
        }),
      },
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'ECR gives tokens for a whole registry; the rights to push are those of one repository.',
    });
    return role;
  }

  private createFunction(props: ImageBuildProps): DeploymentFunction {
    return new DeploymentFunction(this, 'Function', {
      functionName: props.name,
      description: 'Has the image of the service built',
      entry: 'lambda/image-build/handler.ts',
      memory: Size.mebibytes(256),
      timeout: TIMEOUT,
      rights: [
        new PolicyStatement({
          actions: ['codebuild:BatchGetBuilds', 'codebuild:StartBuild', 'codebuild:StopBuild'],
          resources: [this.project.attrArn],
        }),
        new PolicyStatement({
          actions: ['ecr:DescribeImages'],
          resources: [props.repository.repositoryArn],
        }),
      ],
      logGroupName: `${props.logGroupPrefix}-function`,
      logRetentionDays: props.logRetentionDays,
      logsKey: props.logsKey,
      retain: props.retain,
    });
  }

  private createResource(props: ImageBuildProps, builder: DeploymentFunction): void {
    const resource = new CfnCustomResource(this, 'Resource', {
      serviceToken: builder.functionArn,
      serviceTimeout: SERVICE_TIMEOUT.toSeconds(),
    });
    const values = {
      project: this.project.ref,
      repository: props.repository.repositoryName,
      tag: props.tag,
    };
    for (const [name, property] of Object.entries(IMAGE_BUILD_PROPERTIES)) {
      resource.addPropertyOverride(property, values[name as keyof typeof values]);
    }
    // Their rights must exist before they run.
    resource.node.addDependency(builder, this.project);
  }
}
