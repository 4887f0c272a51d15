import { Duration } from 'aws-cdk-lib';
import { Repository, RepositoryEncryption, TagMutability, TagStatus } from 'aws-cdk-lib/aws-ecr';
import type { Construct } from 'constructs';
import { removalPolicy } from '../storage/removal';

/** Images that are kept; no roll-back goes further back. */
const KEPT_IMAGES = 50;

export interface ImageRepositoryProps {
  /** Name of the ECR repository, unique in account and region. */
  readonly repositoryName: string;
  /** Keep the repository and its images when the stack is deleted. */
  readonly retain: boolean;
}

/** ECR repository of one image: tags are immutable, every image is scanned, old images expire. */
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
