import { Duration, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { bucketDisposal } from './bucket-disposal';

/** Parts of an upload that never finished are paid for until somebody removes them. */
const ABORT_UPLOADS_AFTER = Duration.days(7);

export interface LogBucketProps {
  /** How long logs are kept. */
  readonly retention: Duration;
  /** Keep the bucket when the stack goes. */
  readonly retain: boolean;
  /**
   * Let writers use ACLs. CloudFront's standard logging grants itself access that way and no other.
   * @default false
   */
  readonly acceptAcls?: boolean;
}

/**
 * A private bucket for access logs. Encrypted with S3's own keys, for ALB and CloudFront cannot write under a
 * KMS key; not versioned, for logs are written once and expire.
 */
export class LogBucket extends Bucket {
  constructor(scope: Construct, id: string, props: LogBucketProps) {
    const { retention, retain, acceptAcls = false } = props;
    super(scope, id, {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: acceptAcls
        ? ObjectOwnership.BUCKET_OWNER_PREFERRED
        : ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [{ expiration: retention, abortIncompleteMultipartUploadAfter: ABORT_UPLOADS_AFTER }],
      ...bucketDisposal(retain),
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'It holds access logs itself; logging access to logs would never end.',
    });
  }
}
