import { RemovalPolicy } from 'aws-cdk-lib';
import type { BucketProps } from 'aws-cdk-lib/aws-s3';

/**
 * What becomes of a bucket when its stack goes. S3 refuses to delete a bucket that is not empty, so one that is
 * not kept empties itself first (by aws-cdk-lib's custom resource, which only such environments get).
 */
export function bucketDisposal(retain: boolean): Pick<BucketProps, 'removalPolicy' | 'autoDeleteObjects'> {
  return retain
    ? { removalPolicy: RemovalPolicy.RETAIN }
    : { removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: true };
}
