import '../../helpers/fake-aws/errors-of-node';
import { handler } from '../../../lambda/image-build/handler';
import { Contract } from '../../helpers/cloud/contract/contract';
import { FaultServer, type ReceivedRequest } from '../../helpers/fault-server';

/** ECR, CodeBuild and the address that takes CloudFormation's answers, on loopback. */
let server: FaultServer;
let images: string[];
let build: Record<string, unknown>;

const json = (value: unknown, status = 200) => ({ status, body: JSON.stringify(value) });
const target = ({ headers }: ReceivedRequest) => String(headers['x-amz-target']).split('.').at(-1);

function answer(request: ReceivedRequest) {
  if (request.method === 'PUT') return json({});
  const body = JSON.parse(request.body.toString());
  switch (target(request)) {
    case 'DescribeImages':
      if (!images.includes(body.imageIds[0].imageTag)) return json({ __type: 'ImageNotFoundException' }, 400);
      return json({ imageDetails: [{ imageTags: images }] });
    case 'StartBuild':
      return json({ build: { id: `${body.projectName}:1` } });
    case 'BatchGetBuilds':
      return json({ builds: [{ id: body.ids[0], ...build }] });
    default:
      return json({ __type: 'UnknownOperationException' }, 400);
  }
}

const calls = () => server.requests.filter(({ method }) => method === 'POST').map(target);
const reported = () =>
  server.requests.filter(({ method }) => method === 'PUT').map(({ body }) => JSON.parse(body.toString()));

const contract = new Contract();
beforeAll(async () => {
  server = new FaultServer(contract.checked(answer));
  await server.listen();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'a-secret',
  });
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
});
beforeEach(() => {
  server.reset();
  images = [];
  build = { buildComplete: true, buildStatus: 'SUCCEEDED' };
});
afterAll(async () => {
  await server.close();
  contract.verify();
});

const PROPERTIES = { Project: 'builder', Repository: 'api', Tag: 'amd64-1' };
const invoke = (RequestType: 'Create' | 'Update' | 'Delete', ResourceProperties: object = PROPERTIES) =>
  handler(
    {
      RequestType,
      ResponseURL: `${server.url}/answer`,
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'Image',
      ResourceProperties: ResourceProperties as Record<string, unknown>,
    },
    { getRemainingTimeInMillis: () => 120_000 },
  );

test('starts a build with the tag, once for a request, and reports its success', async () => {
  await invoke('Create');
  expect(calls()).toEqual(['DescribeImages', 'StartBuild', 'BatchGetBuilds']);
  expect(JSON.parse(String(server.requests[1]?.body))).toEqual({
    projectName: 'builder',
    idempotencyToken: 'request',
    environmentVariablesOverride: [{ name: 'IMAGE_TAG', value: 'amd64-1' }],
  });
  expect(reported()).toMatchObject([{ Status: 'SUCCESS', PhysicalResourceId: 'llm-cost-ops-image' }]);
});

test('builds nothing where the tag is there', async () => {
  images = ['amd64-1'];
  await invoke('Update');
  expect(calls()).toEqual(['DescribeImages']);
  expect(reported()).toMatchObject([{ Status: 'SUCCESS' }]);
});

test('does nothing when it is deleted', async () => {
  await invoke('Delete');
  expect(calls()).toEqual([]);
  expect(reported()).toMatchObject([{ Status: 'SUCCESS' }]);
});

test("reports a failed build with CodeBuild's words and the address of its log", async () => {
  build = {
    buildComplete: true,
    buildStatus: 'FAILED',
    logs: { deepLink: 'https://console.aws.amazon.com/logs/1' },
    phases: [
      { phaseType: 'SUBMITTED' },
      { phaseType: 'BUILD', contexts: [{ statusCode: 'COMMAND_EXECUTION_ERROR', message: 'exit status 1' }] },
      { phaseType: 'POST_BUILD', contexts: [{ statusCode: '', message: '' }] },
    ],
  };
  await invoke('Create');
  expect(reported()).toMatchObject([
    {
      Status: 'FAILED',
      Reason:
        'The image was not built: build builder:1 of api:amd64-1 ended as FAILED: BUILD: COMMAND_EXECUTION_ERROR: exit status 1; its log: https://console.aws.amazon.com/logs/1',
    },
  ]);
});

test('reports what AWS refuses', async () => {
  const refusal = json({ __type: 'AccessDeniedException', message: 'not authorized' }, 400);
  server.failWhere((request) => target(request) === 'StartBuild', { kind: 'answer', answer: refusal });
  await invoke('Create');
  expect(reported()).toMatchObject([
    { Status: 'FAILED', Reason: expect.stringContaining('StartBuild of builder: AccessDeniedException') },
  ]);
});

test('reports a property that is missing', async () => {
  await invoke('Create', { ...PROPERTIES, Tag: '' });
  expect(reported()).toMatchObject([
    {
      Status: 'FAILED',
      Reason: 'The image was not built: property Tag of the custom resource must be a text, got ""',
    },
  ]);
});
