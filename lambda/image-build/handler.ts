/** Runs on each deployment whose image has another content; has CodeBuild build it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CustomResourceEvent } from '../shared/custom-resource';
import { type ServedResource, serveResource } from '../shared/serve-resource';
import { buildImage, type ImageRequest } from './build-image';
import { codeBuildBuilds } from './codebuild-builds';
import { IMAGE_BUILD_PROPERTIES as PROPERTIES } from './constants';

/** Pause between two looks at a build, ms. */
const POLL_MS = 5000;

const IMAGE: ServedResource = {
  physicalId: 'llm-cost-ops-image',
  failure: ({ message }) => `The image was not built: ${message}`,
};

interface Context {
  getRemainingTimeInMillis(): number;
}

/** Event of the custom resource. */
type ImageEvent = CustomResourceEvent & { readonly ResourceProperties?: Readonly<Record<string, unknown>> };

/** Function of the custom resource; reports failures to CloudFormation. */
export async function handler(event: ImageEvent, context: Context): Promise<void> {
  await serveResource(event, context.getRemainingTimeInMillis(), IMAGE, (signal) =>
    buildImage(requestOf(event), {
      builds: codeBuildBuilds(),
      signal,
      pause: () => sleep(POLL_MS),
      log: console.log,
    }),
  );
}

function requestOf({ RequestId, ResourceProperties = {} }: ImageEvent): ImageRequest {
  const value = (name: string) => {
    const given = ResourceProperties[name];
    if (typeof given !== 'string' || given === '') {
      throw new RangeError(
        `property ${name} of the custom resource must be a text, got ${JSON.stringify(given)}`,
      );
    }
    return given;
  };
  return {
    project: value(PROPERTIES.project),
    repository: value(PROPERTIES.repository),
    tag: value(PROPERTIES.tag),
    requestId: RequestId,
  };
}
