import { CfnResource, type IAspect } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Resource types whose update fails when only a tag changes:
 * - VPC origin: CloudFront refuses every update while a distribution uses the origin (aws/aws-cdk#34629, #35765);
 * - user group: CloudFormation calls ModifyUserGroup without a modification, which ElastiCache rejects
 *   (aws/aws-cdk#16266).
 * Neither has a cost of its own, so cost allocation does not need their tags.
 */
export const UNTAGGED_TYPES: readonly string[] = [
  'AWS::CloudFront::VpcOrigin',
  'AWS::ElastiCache::UserGroup',
];

/** Aspect that removes all tags from the resources whose updates tags would break. */
export class UntaggedResources implements IAspect {
  visit(node: IConstruct): void {
    if (CfnResource.isCfnResource(node) && UNTAGGED_TYPES.includes(node.cfnResourceType)) {
      node.addPropertyDeletionOverride('Tags');
    }
  }
}
