import { DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import type { ResolvedImage } from '../../../lib/config/environment-config';
import type { AccountCheck } from '../context';
import { isDeployed } from '../deployed';
import { type Answer, attempt, isAbsent, later, ok, problem, unknown } from '../finding';

/** A repository of ECR: account, region and name. */
const ECR = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/(.+)$/;

/** The images that pods pull. */
export const image: AccountCheck = {
  name: 'image',
  run: async ({ aws, config, deployed }) => {
    const { admin, workload } = config;
    const images = [workload.image, admin.image];
    const different = images.filter(
      (one, index) => images.findIndex((other) => nameOf(other) === nameOf(one)) === index,
    );
    const answers = different.map((one) => {
      if (one.source === 'built')
        return [ok(`the deployment builds ${one.repository} for ${one.architecture}`)];
      const [, registryId = '', region = '', repositoryName = ''] = ECR.exec(one.repository) ?? [];
      if (repositoryName === '') {
        return [unknown(`${nameOf(one)} is in another registry than ECR, which is not asked`)];
      }
      return attempt(nameOf(one), async () => {
        const imageIds = [one.digest === null ? { imageTag: one.tag } : { imageDigest: one.digest }];
        const call = { action: 'ecr:DescribeImages', region, target: nameOf(one) };
        try {
          await aws.call(ECRClient, call, (client, abortSignal) =>
            client.send(new DescribeImagesCommand({ registryId, repositoryName, imageIds }), { abortSignal }),
          );
          return [ok(`${nameOf(one)} is in ECR`)];
        } catch (error) {
          if (isAbsent(error)) return [imageAnswer(one, isDeployed(deployed, 'Cluster'))];
          throw error;
        }
      });
    });
    return (await Promise.all(answers)).flat();
  },
};

/** The answer for an image that ECR does not have. */
export function imageAnswer(missing: ResolvedImage, hasRepository: boolean): Answer {
  return hasRepository
    ? problem(`${nameOf(missing)} is not in ECR`, 'build and push it (docs/images.md), or set workload.image')
    : later(
        `${nameOf(missing)} is not in ECR yet; the Cluster stack creates the repository`,
        'push it after the Cluster stack and before the manifests (docs/images.md)',
      );
}

function nameOf({ digest, repository, tag }: ResolvedImage): string {
  return digest === null ? `${repository}:${tag}` : `${repository}@${digest}`;
}
