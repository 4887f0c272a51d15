import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Grant, type IRole, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct, IConstruct } from 'constructs';
import { ENVIRONMENT, STATE_PREFIX } from '../../../lambda/predictive-scaler/constants';
import { bucketDisposal } from '../storage/bucket-disposal';

/** Every run rewrites the states of its workloads; an older state belongs to a workload that was removed. */
const EXPIRY = Duration.days(30);

export interface ScalerStateBucketProps {
  /** KMS key that encrypts the states. */
  readonly encryptionKey: IKey;
}

/**
 * Bucket of the models' states, one object per workload. It is deleted with its stack and has no versions: the scaler
 * rebuilds a lost state from the history in CloudWatch, with identical results.
 */
export class ScalerStateBucket extends Bucket {
  constructor(scope: Construct, id: string, props: ScalerStateBucketProps) {
    super(scope, id, {
      encryption: BucketEncryption.KMS,
      encryptionKey: props.encryptionKey,
      bucketKeyEnabled: true,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [{ expiration: EXPIRY, abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      ...bucketDisposal(false),
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'One function reads and writes it every few minutes; what it holds can be rebuilt.',
    });
  }

  /** Lets a function read and write states, with the bucket's name in its environment variables. */
  grantStates(grantee: LambdaFunction): Grant {
    grantee.addEnvironment(ENVIRONMENT.stateBucket, this.bucketName);
    this.acknowledgePrefix(grantee.role as IRole);
    const objects = Grant.addToPrincipal({
      grantee,
      actions: ['s3:GetObject', 's3:PutObject'],
      resourceArns: [this.arnForObjects(`${STATE_PREFIX}*`)],
    });
    // Without it S3 answers 403 instead of 404 for a state that does not exist yet.
    const list = Grant.addToPrincipal({
      grantee,
      actions: ['s3:ListBucket'],
      resourceArns: [this.bucketArn],
    });
    const key = Grant.addToPrincipal({
      grantee,
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resourceArns: [String(this.encryptionKey?.keyArn)],
      conditions: this.throughS3(),
    });
    return objects.combine(list).combine(key);
  }

  /**
   * Lets a role of another stack read states. The policy belongs to this stack, because the other stack must not depend
   * on the bucket.
   */
  grantReadStates(role: IRole): void {
    const policy = new Policy(this, 'Readers', { roles: [role] });
    this.acknowledgePrefix(policy);
    policy.addStatements(
      new PolicyStatement({
        actions: ['s3:GetObject'],
        resources: [this.arnForObjects(`${STATE_PREFIX}*`)],
      }),
      new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.bucketArn] }),
      new PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: [String(this.encryptionKey?.keyArn)],
        conditions: this.throughS3(),
      }),
    );
  }

  /** KMS allows its key for objects in S3 alone. */
  private throughS3() {
    return { StringEquals: { 'kms:ViaService': `s3.${Stack.of(this).region}.amazonaws.com` } };
  }

  private acknowledgePrefix(policy: IConstruct): void {
    const bucket = Stack.of(this).getLogicalId(this.node.defaultChild as CfnBucket);
    Validations.of(policy).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${bucket}.Arn>/${STATE_PREFIX}*]`,
      reason: 'One object a workload: their names are the prefix and whatever workloads are called.',
    });
  }
}
