import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { AwsSession } from '../../aws/aws-session';
import { isAbsent } from '../finding';

/** How a name of a type of resource is looked up. */
export interface LookUp {
  /** Property of the resource that holds its name. */
  readonly property: string;
  /** Whether the account has one of the name. @throws {AwsProblem} */
  readonly exists: (aws: AwsSession, region: string, name: string) => Promise<boolean>;
  /** What to do about one that is there. */
  readonly remedy: (name: string, region: string) => string;
}

const RENAME = 'give the environment other names: loadBalancer.name and the three target group names';

/** By CloudFormation's type. */
export const LOOK_UPS: Readonly<Record<string, LookUp>> = {
  'AWS::ElasticLoadBalancingV2::LoadBalancer': {
    property: 'Name',
    exists: async (aws, region, target) =>
      found(() =>
        aws.call(
          ElasticLoadBalancingV2Client,
          { action: 'elasticloadbalancing:DescribeLoadBalancers', region, target },
          (client, abortSignal) =>
            client.send(new DescribeLoadBalancersCommand({ Names: [target] }), { abortSignal }),
        ),
      ),
    remedy: () => RENAME,
  },
  'AWS::ElasticLoadBalancingV2::TargetGroup': {
    property: 'Name',
    exists: async (aws, region, target) =>
      found(() =>
        aws.call(
          ElasticLoadBalancingV2Client,
          { action: 'elasticloadbalancing:DescribeTargetGroups', region, target },
          (client, abortSignal) =>
            client.send(new DescribeTargetGroupsCommand({ Names: [target] }), { abortSignal }),
        ),
      ),
    remedy: () => RENAME,
  },
  'AWS::EKS::Cluster': {
    property: 'Name',
    exists: async (aws, region, target) =>
      found(() =>
        aws.call(EKSClient, { action: 'eks:DescribeCluster', region, target }, (client, abortSignal) =>
          client.send(new DescribeClusterCommand({ name: target }), { abortSignal }),
        ),
      ),
    remedy: () => 'set cluster.name to another name, or cluster.existing to use that cluster',
  },
  'AWS::Logs::LogGroup': {
    property: 'LogGroupName',
    exists: async (aws, region, target) => {
      const call = { action: 'logs:DescribeLogGroups', region, target };
      const { logGroups = [] } = await aws.call(CloudWatchLogsClient, call, (client, abortSignal) =>
        client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: target }), { abortSignal }),
      );
      return logGroups.some(({ logGroupName }) => logGroupName === target);
    },
    remedy: (name, region) =>
      `a former deployment kept it; save what you need, then: aws logs delete-log-group --region ${region} --log-group-name ${name}`,
  },
  'AWS::ECR::Repository': {
    property: 'RepositoryName',
    exists: async (aws, region, target) =>
      found(() =>
        aws.call(ECRClient, { action: 'ecr:DescribeRepositories', region, target }, (client, abortSignal) =>
          client.send(new DescribeRepositoriesCommand({ repositoryNames: [target] }), { abortSignal }),
        ),
      ),
    remedy: (name, region) =>
      `a former deployment kept it; to delete it with its images: aws ecr delete-repository --region ${region} --repository-name ${name} --force`,
  },
  'AWS::IAM::Role': {
    property: 'RoleName',
    exists: async (aws, region, target) =>
      found(() =>
        aws.call(IAMClient, { action: 'iam:GetRole', region, target }, (client, abortSignal) =>
          client.send(new GetRoleCommand({ RoleName: target }), { abortSignal }),
        ),
      ),
    remedy: (name) => `delete the role ${name}, or set cluster.name to another name`,
  },
  'AWS::Lambda::Function': {
    property: 'FunctionName',
    exists: async (aws, region, target) =>
      found(() =>
        aws.call(LambdaClient, { action: 'lambda:GetFunction', region, target }, (client, abortSignal) =>
          client.send(new GetFunctionConfigurationCommand({ FunctionName: target }), { abortSignal }),
        ),
      ),
    remedy: (name, region) => `aws lambda delete-function --region ${region} --function-name ${name}`,
  },
  'AWS::S3::Bucket': {
    property: 'BucketName',
    exists: async (aws, region, target) =>
      found(() =>
        aws.call(S3Client, { action: 's3:ListBucket', region, target }, (client, abortSignal) =>
          client.send(new HeadBucketCommand({ Bucket: target }), { abortSignal }),
        ),
      ),
    remedy: (name) => `choose another name than ${name}: names of buckets are unique in all accounts`,
  },
  'AWS::SecretsManager::Secret': {
    property: 'Name',
    exists: async (aws, region, target) =>
      found(() =>
        aws.call(
          SecretsManagerClient,
          { action: 'secretsmanager:DescribeSecret', region, target },
          (client, abortSignal) =>
            client.send(new DescribeSecretCommand({ SecretId: target }), { abortSignal }),
        ),
      ),
    remedy: (name, region) =>
      `a secret that waits for its deletion keeps its name: aws secretsmanager delete-secret --region ${region} --secret-id ${name} --force-delete-without-recovery`,
  },
};

/** Whether the thing exists that a call asks for. @throws {AwsProblem} for any other refusal than "not found" */
async function found(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
