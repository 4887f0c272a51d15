import { CfnResource, type IAspect } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Resource types whose update fails when nothing but a tag changes:
 * - VPC origin: CloudFront refuses every update while a distribution uses the origin (aws/aws-cdk#34629, #35765);
 * - user group: CloudFormation calls ModifyUserGroup without a modification, which ElastiCache refuses
 *   (aws/aws-cdk#16266).
 * Neither costs anything by itself, so cost allocation loses nothing without their tags.
 */
export const UNTAGGED_TYPES: readonly string[] = [
  'AWS::CloudFront::VpcOrigin',
  'AWS::ElastiCache::UserGroup',
];

/** Keeps tags off the resources that cannot be updated with them, whoever adds the tags. */
export class UntaggedResources implements IAspect {
  visit(node: IConstruct): void {
    if (CfnResource.isCfnResource(node) && UNTAGGED_TYPES.includes(node.cfnResourceType)) {
      node.addPropertyDeletionOverride('Tags');
    }
  }
}
