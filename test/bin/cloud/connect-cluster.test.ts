import '../../helpers/fake-aws/errors-of-node';
import { AwsSession } from '../../../bin/aws/aws-session';
import { type ClusterOptions, clusterConnection } from '../../../bin/cloud/connect-cluster';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { CloudDouble } from '../../helpers/cloud/cloud-double';

let cloud: CloudDouble;
let aws: AwsSession;
beforeAll(async () => {
  cloud = await CloudDouble.start();
});
beforeEach(() => {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a-secret' };
  aws = new AwsSession({ client: { endpoint: cloud.server.url, credentials } });
  const certificateAuthority = '-----BEGIN CERTIFICATE-----';
  cloud.cloud.clusters.set('llm-cost-ops-dev', { endpoint: 'https://cluster.example', certificateAuthority });
});
afterEach(() => {
  aws.close();
  cloud.reset();
});
afterAll(() => cloud.close());

function connect(options: ClusterOptions = {}) {
  const machine = { environment: {}, home: '', root: '', now: () => new Date(0), elapsedMs: () => 0 };
  const { signal } = new AbortController();
  return clusterConnection(
    { config: loadEnvironment('dev'), aws, machine, signal, say: () => undefined },
    options,
  );
}

/** Roles that STS was asked to assume, and the key that signed the log-in. */
async function logIn(options?: ClusterOptions) {
  const connection = await connect(options);
  if (connection === undefined || !('token' in connection.logIn)) throw new Error('no connection by token');
  const token = await connection.logIn.token();
  const url = Buffer.from(token.replace('k8s-aws-v1.', ''), 'base64url').toString();
  const forms = cloud.server.requests.map(({ body }) => new URLSearchParams(body.toString()));
  return {
    roles: forms.filter((form) => form.get('Action') === 'AssumeRole').map((form) => form.get('RoleArn')),
    key: /X-Amz-Credential=([A-Z]+)/.exec(url)?.[1],
  };
}

const ADMIN = 'arn:aws:iam::111111111111:role/platform-admin';

it.each<[string, string, ClusterOptions, string[], string]>([
  ['assumes the first admin role', 'iam::111111111111:user/me', {}, [ADMIN], 'ASIAEXAMPLE'],
  ['logs in as an admin', 'sts::111111111111:assumed-role/platform-admin/me', {}, [], 'AKIDEXAMPLE'],
  [
    'assumes the named role',
    'iam::111111111111:user/me',
    { role: 'arn:other' },
    ['arn:other'],
    'ASIAEXAMPLE',
  ],
])('%s', async (_, caller, options, roles, key) => {
  cloud.cloud.callerArn = `arn:aws:${caller}`;
  expect(await logIn(options)).toEqual({ roles, key });
});

it('has no connection to a cluster that does not exist', async () => {
  cloud.cloud.clusters.clear();
  expect(await connect()).toBeUndefined();
});

it('says which right is missing', async () => {
  const answer = {
    status: 403,
    body: JSON.stringify({ __type: 'AccessDeniedException', message: 'not authorized' }),
    headers: { 'x-amzn-errortype': 'AccessDeniedException' },
  };
  cloud.server.failWhere(({ path }) => path.startsWith('/clusters/'), { kind: 'answer', answer });
  await expect(connect()).rejects.toThrow(
    'eks:DescribeCluster of llm-cost-ops-dev in us-east-1: access denied; the role or user needs eks:DescribeCluster',
  );
});
