import { Duration } from 'aws-cdk-lib';
import { Repository, RepositoryEncryption, TagMutability, TagStatus } from 'aws-cdk-lib/aws-ecr';
import type { Construct } from 'constructs';
import { removalPolicy } from '../storage/removal';

/** Tagged images that are kept; the rest is older than any roll-back would go. */
const KEPT_IMAGES = 50;

export interface ImageRepositoryProps {
  readonly repositoryName: string;
  /** Keep the repository and its images when the stack goes. */
  readonly retain: boolean;
}

/** Repository of an image of ours: a tag never changes its meaning, every image is scanned, old ones go. */
export class ImageRepository extends Repository {
  constructor(scope: Construct, id: string, props: ImageRepositoryProps) {
    super(scope, id, {
      repositoryName: props.repositoryName,
      imageTagMutability: TagMutability.IMMUTABLE,
      imageScanOnPush: true,
      encryption: RepositoryEncryption.AES_256,
      removalPolicy: removalPolicy(props.retain),
      emptyOnDelete: !props.retain,
      lifecycleRules: [
        {
          rulePriority: 1,
          description: 'Layers of failed pushes',
          tagStatus: TagStatus.UNTAGGED,
          maxImageAge: Duration.days(1),
        },
        {
          rulePriority: 2,
          description: `All but the last ${KEPT_IMAGES} images`,
          tagStatus: TagStatus.ANY,
          maxImageCount: KEPT_IMAGES,
        },
      ],
    });
  }
}
