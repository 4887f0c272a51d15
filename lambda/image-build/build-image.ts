/** An image that is to be in a repository. */
export interface ImageRequest {
  /** Name of the CodeBuild project that builds it. */
  readonly project: string;
  /** Name of the ECR repository. */
  readonly repository: string;
  /** Tag of the image, a hash of its content: the same tag is always the same image. */
  readonly tag: string;
  /** Id of the deployment's request: the same id starts one build only. */
  readonly requestId: string;
}

/** How far a build is. */
export interface BuildState {
  /** Whether it has ended. */
  readonly ended: boolean;
  /** CodeBuild's word for its state, such as IN_PROGRESS, SUCCEEDED or FAILED. */
  readonly status: string;
  /** What went wrong, in CodeBuild's words; null where nothing did. */
  readonly failure: string | null;
  /** Address of its log in the console; null before there is one. */
  readonly logUrl: string | null;
}

/** Where images are, and what builds them. */
export interface ImageBuilds {
  /** Whether the repository has an image of that tag. */
  readonly hasImage: (repository: string, tag: string) => Promise<boolean>;
  /** Starts a build, or finds the one that the same request has started. @returns its id */
  readonly start: (request: ImageRequest) => Promise<string>;
  readonly read: (id: string) => Promise<BuildState>;
  readonly stop: (id: string) => Promise<void>;
}

export interface BuildImageProps {
  readonly builds: ImageBuilds;
  /** Ends the wait; the build is stopped then. */
  readonly signal: AbortSignal;
  /** Waits between two looks at the build. */
  readonly pause: () => Promise<unknown>;
  /** Writes a line to the log. */
  readonly log: (line: string) => void;
}

/**
 * Sees to it that an image is in its repository: builds it where it is not. Tags are immutable, so a roll-back to an
 * earlier tag builds nothing.
 * @throws Error with the state of the build and the address of its log
 */
export async function buildImage(
  request: ImageRequest,
  props: BuildImageProps,
): Promise<'built' | 'present'> {
  const { builds, log } = props;
  const { repository, tag } = request;
  if (await builds.hasImage(repository, tag)) {
    log(`${repository}:${tag} is in the repository already`);
    return 'present';
  }
  const id = await builds.start(request);
  log(`build ${id} of ${repository}:${tag} has started`);
  const state = await endOf(id, props);
  if (state.ended && state.status === 'SUCCEEDED') return 'built';
  // Another build may have pushed the tag first; the registry refuses the second push.
  if (await builds.hasImage(repository, tag)) return 'present';
  throw new Error(failureOf(id, request, state));
}

/** Waits for the end of a build. @returns its last state; not an ended one where the time is over */
async function endOf(id: string, { builds, pause, signal }: BuildImageProps): Promise<BuildState> {
  for (;;) {
    const state = await builds.read(id);
    if (state.ended) return state;
    if (signal.aborted) {
      await builds.stop(id);
      return state;
    }
    await pause();
  }
}

function failureOf(id: string, { repository, tag }: ImageRequest, state: BuildState): string {
  const what = state.ended ? `ended as ${state.status}` : 'took too long and was stopped';
  const why = state.failure === null ? '' : `: ${state.failure}`;
  const where = state.logUrl === null ? 'it has no log' : `its log: ${state.logUrl}`;
  return `build ${id} of ${repository}:${tag} ${what}${why}; ${where}`;
}
