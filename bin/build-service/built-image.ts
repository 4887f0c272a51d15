import type { ResolvedConfig } from '../../lib/config/environment-config';
import { imageTag } from '../../lib/service-image';

/**
 * The configuration with the tag of the image that is built from this repository, where an image is built. What renders
 * templates or manifests needs it; it takes about a second, because the tag is a hash of the bundles.
 */
export function withBuiltImage(config: ResolvedConfig): ResolvedConfig {
  const { admin, workload } = config;
  if (workload.image.source !== 'built') return config;
  const tag = imageTag(workload.image.architecture);
  return {
    ...config,
    workload: { ...workload, image: { ...workload.image, tag } },
    admin: admin.image.source === 'built' ? { ...admin, image: { ...admin.image, tag } } : admin,
  };
}
