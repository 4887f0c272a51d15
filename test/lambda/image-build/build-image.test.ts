import { type BuildState, buildImage, type ImageBuilds } from '../../../lambda/image-build/build-image';

const REQUEST = { project: 'project', repository: 'api', tag: 'amd64-1', requestId: 'request' };
const RUNNING: BuildState = {
  ended: false,
  status: 'IN_PROGRESS',
  failure: null,
  logUrl: 'https://logs.example.com/1',
};

/** CodeBuild and ECR in memory: a build runs through states, the last of which stays. */
class Builds implements ImageBuilds {
  readonly started: string[] = [];
  readonly stopped: string[] = [];
  constructor(
    private readonly states: readonly BuildState[],
    /** Whether the image is there, at each question; the last answer stays. */
    private readonly present: readonly boolean[] = [false],
    private looks = 0,
    private questions = 0,
  ) {}

  hasImage = async () => this.present[Math.min(this.questions++, this.present.length - 1)] as boolean;
  start = async ({ requestId }: { requestId: string }) => {
    this.started.push(requestId);
    return 'project:1';
  };
  read = async () => this.states[Math.min(this.looks++, this.states.length - 1)] as BuildState;
  stop = async (id: string) => {
    this.stopped.push(id);
  };
}

function build(builds: Builds, controller = new AbortController(), pause = async () => undefined) {
  return buildImage(REQUEST, { builds, signal: controller.signal, pause, log: () => undefined });
}

const ended = (status: string, change: Partial<BuildState> = {}): BuildState => ({
  ...RUNNING,
  ended: true,
  status,
  ...change,
});

test('builds an image that is not there, and waits for its end', async () => {
  const builds = new Builds([RUNNING, RUNNING, ended('SUCCEEDED')]);
  expect(await build(builds)).toBe('built');
  expect(builds.started).toEqual(['request']);
});

test('builds nothing where the tag is there: after a roll-back, or a push from elsewhere', async () => {
  const builds = new Builds([], [true]);
  expect(await build(builds)).toBe('present');
  expect(builds.started).toEqual([]);
});

test('takes the image of a build that was faster, whose tag the registry keeps', async () => {
  expect(await build(new Builds([ended('FAILED')], [false, true]))).toBe('present');
});

test.each([
  [
    'FAILED',
    { failure: 'BUILD: COMMAND_EXECUTION_ERROR: docker push' },
    'build project:1 of api:amd64-1 ended as FAILED: BUILD: COMMAND_EXECUTION_ERROR: docker push; its log: https://logs.example.com/1',
  ],
  ['TIMED_OUT', { logUrl: null }, 'build project:1 of api:amd64-1 ended as TIMED_OUT; it has no log'],
])('fails with the reason and the log of a build that ended as %s', async (status, change, message) => {
  await expect(build(new Builds([ended(status, change)]))).rejects.toThrow(new Error(message));
});

test('stops a build that takes too long, and says where its log is', async () => {
  const builds = new Builds([RUNNING]);
  const controller = new AbortController();
  const pause = async () => controller.abort();
  await expect(build(builds, controller, pause as never)).rejects.toThrow(
    'build project:1 of api:amd64-1 took too long and was stopped; its log: https://logs.example.com/1',
  );
  expect(builds.stopped).toEqual(['project:1']);
});
