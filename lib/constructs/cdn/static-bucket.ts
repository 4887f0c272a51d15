import { Duration } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { bucketDisposal } from '../storage/bucket-disposal';

/** Long enough to go back to an earlier release. */
const KEEP_OLD_VERSIONS = Duration.days(30);

/** S3 charges for the parts of an unfinished multipart upload until they are removed. */
const ABORT_UPLOADS_AFTER = Duration.days(7);

export interface StaticBucketProps {
  /** Bucket that receives this bucket's server access logs. */
  readonly logBucket: IBucket;
  /** Keep the bucket when the stack is deleted; otherwise it is emptied and deleted. */
  readonly retain: boolean;
}

/**
 * The web application's files, private and versioned. S3 managed keys encrypt them: the files are public anyway, and
 * the policy of a KMS key would have to name the distribution, which refers to the bucket.
 */
export class StaticBucket extends Bucket {
  constructor(scope: Construct, id: string, { logBucket, retain }: StaticBucketProps) {
    super(scope, id, {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: true,
      lifecycleRules: [
        {
          noncurrentVersionExpiration: KEEP_OLD_VERSIONS,
          abortIncompleteMultipartUploadAfter: ABORT_UPLOADS_AFTER,
        },
      ],
      serverAccessLogsBucket: logBucket,
      serverAccessLogsPrefix: 'static-bucket/',
      ...bucketDisposal(retain),
    });
  }
}
