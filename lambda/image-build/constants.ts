/**
 * The contract between the function that builds the service's image and the Cluster stack. It has no imports:
 * infrastructure code may import only this file of the folder.
 */

/** Properties of the custom resource. */
export const IMAGE_BUILD_PROPERTIES = {
  /** Name of the CodeBuild project. */
  project: 'Project',
  /** Name of the ECR repository. */
  repository: 'Repository',
  /** Tag of the image. */
  tag: 'Tag',
} as const;

/** Environment variables of a build. */
export const BUILD_VARIABLES = {
  /** Host of the registry, such as `111111111111.dkr.ecr.us-east-1.amazonaws.com`. */
  registry: 'REGISTRY',
  /** The repository with its host. */
  repositoryUri: 'REPOSITORY_URI',
  /** Architecture of the image, in Docker's words. */
  architecture: 'ARCHITECTURE',
  /** Tag of the image; the function gives it to each build. */
  tag: 'IMAGE_TAG',
} as const;

/** Longest wait of a build for a machine, minutes; CodeBuild takes no less than 5. */
export const QUEUE_MINUTES = 5;

/** Longest build, minutes; together with the queue less than the 15 minutes that Lambda allows the function. */
export const BUILD_MINUTES = 8;
