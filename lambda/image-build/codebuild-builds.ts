import {
  BatchGetBuildsCommand,
  type Build,
  CodeBuildClient,
  StartBuildCommand,
  StopBuildCommand,
} from '@aws-sdk/client-codebuild';
import { DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { type AwsClientProps, awsClientConfig, callAws } from '../../service/shared/aws-call';
import { CallError } from '../../service/shared/call-error';
import type { RetryPolicy } from '../../service/shared/retry';
import type { BuildState, ImageBuilds } from './build-image';
import { BUILD_VARIABLES } from './constants';

const RETRIES: RetryPolicy = {
  attempts: 5,
  attemptMs: 5000,
  deadlineMs: 25_000,
  baseDelayMs: 500,
  maxDelayMs: 5000,
};

/** CodeBuild's builds and ECR's images. Calls fail as CallError. */
export function codeBuildBuilds(props: AwsClientProps = {}): ImageBuilds {
  const policy = { ...RETRIES, ...props.retries };
  const codeBuild = new CodeBuildClient(awsClientConfig(props, policy));
  const ecr = new ECRClient(awsClientConfig(props, policy));
  const call = <T>(what: string, attempt: (abortSignal: AbortSignal) => Promise<T>) =>
    callAws(what, attempt, policy, props.waiting);
  return {
    hasImage: async (repositoryName, imageTag) => {
      const command = new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] });
      try {
        const { imageDetails = [] } = await call(`DescribeImages of ${repositoryName}`, (abortSignal) =>
          ecr.send(command, { abortSignal }),
        );
        return imageDetails.length > 0;
      } catch (error) {
        if (error instanceof CallError && error.kind === 'not-found') return false;
        throw error;
      }
    },
    start: async ({ project, requestId, tag }) => {
      const command = new StartBuildCommand({
        projectName: project,
        idempotencyToken: requestId,
        environmentVariablesOverride: [{ name: BUILD_VARIABLES.tag, value: tag }],
      });
      const { build } = await call(`StartBuild of ${project}`, (abortSignal) =>
        codeBuild.send(command, { abortSignal }),
      );
      if (build?.id === undefined) throw new Error(`StartBuild of ${project} answered no build`);
      return build.id;
    },
    read: async (id) => {
      const { builds = [] } = await call(`BatchGetBuilds of ${id}`, (abortSignal) =>
        codeBuild.send(new BatchGetBuildsCommand({ ids: [id] }), { abortSignal }),
      );
      const [build] = builds;
      if (build === undefined) throw new Error(`CodeBuild has no build ${id}`);
      return stateOf(build);
    },
    stop: async (id) => {
      await call(`StopBuild of ${id}`, (abortSignal) =>
        codeBuild.send(new StopBuildCommand({ id }), { abortSignal }),
      );
    },
  };
}

function stateOf({ buildComplete, buildStatus, logs, phases = [] }: Build): BuildState {
  const failures = phases.flatMap(({ contexts = [], phaseType }) =>
    contexts.flatMap(({ message, statusCode }) => {
      const text = [statusCode, message].filter((part) => part).join(': ');
      return text === '' ? [] : [`${phaseType}: ${text}`];
    }),
  );
  return {
    ended: buildComplete ?? false,
    status: buildStatus ?? 'IN_PROGRESS',
    failure: failures.length === 0 ? null : failures.join('; '),
    logUrl: logs?.deepLink ?? null,
  };
}
