import { eksToken } from '../../../../lambda/predictive-scaler/hpa/eks-token';
import { KubernetesHpaClient } from '../../../../lambda/predictive-scaler/hpa/kubernetes-hpa-client';
import { eksTokenProblem } from '../../../helpers/fake-kubernetes/eks-authenticator';
import { FakeKubernetes } from '../../../helpers/fake-kubernetes/fake-kubernetes';

const MINUTE = 60_000;
const START = Date.parse('2026-11-24T12:00:00Z');
const CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'a/secret+key',
  sessionToken: 'a+session/token=',
};
const LOG_IN = { clusterName: 'llm-cost-ops-dev', region: 'eu-central-1', ...CREDENTIALS };

/** A source of tokens with a clock that the test moves, and how often credentials were asked for. */
function tokens(overrides: { expiration?: Date; region?: string } = {}) {
  const clock = { now: START, signed: 0 };
  const { region = LOG_IN.region, ...extra } = overrides;
  const token = eksToken({
    clusterName: LOG_IN.clusterName,
    region,
    now: () => clock.now,
    credentials: async () => {
      clock.signed += 1;
      return { ...CREDENTIALS, ...extra };
    },
  });
  return { token, clock };
}

it('makes a token that EKS takes', async () => {
  expect(eksTokenProblem(await tokens().token(), LOG_IN, START)).toBeUndefined();
});

it.each([
  ['another cluster', { clusterName: 'llm-cost-ops-prod' }, 'the signature is wrong'],
  ['another secret', { secretAccessKey: 'other' }, 'the signature is wrong'],
  ['another session', { sessionToken: 'other' }, 'another session'],
])('makes none for %s', async (_, difference, problem) => {
  expect(eksTokenProblem(await tokens().token(), { ...LOG_IN, ...difference }, START)).toBe(problem);
});

it('has its URL expire within the minute', async () => {
  const url = new URL(
    Buffer.from((await tokens().token()).slice('k8s-aws-v1.'.length), 'base64url').toString(),
  );
  expect(url.searchParams.get('X-Amz-Expires')).toBe('60');
});

it('asks the STS of China for a cluster in China', async () => {
  const token = await tokens({ region: 'cn-north-1' }).token();
  const url = new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString());
  expect(url.hostname).toBe('sts.cn-north-1.amazonaws.com.cn');
});

it('keeps a token for twelve minutes and then makes a new one, so that it is good at every moment', async () => {
  const { token, clock } = tokens();
  const first = await token();
  for (let minute = 0; minute <= 40; minute += 1) {
    clock.now = START + minute * MINUTE;
    const current = await token();
    expect(eksTokenProblem(current, LOG_IN, clock.now)).toBeUndefined();
    expect(current === first).toBe(minute < 12);
  }
  expect(clock.signed).toBe(4);
});

it('makes a new one before its credentials end', async () => {
  const { token, clock } = tokens({ expiration: new Date(START + 5 * MINUTE) });
  const first = await token();
  clock.now = START + 3 * MINUTE;
  expect(await token()).toBe(first);
  clock.now = START + 4 * MINUTE;
  expect(await token()).not.toBe(first);
});

it('logs in to an API that checks the signature', async () => {
  const cluster = await FakeKubernetes.start((token) => eksTokenProblem(token, LOG_IN, START) === undefined);
  cluster.put({ name: 'api' });
  const client = new KubernetesHpaClient({
    endpoint: cluster.server.url,
    certificateAuthority: cluster.certificateAuthority,
    logIn: { token: tokens().token },
  });
  expect(await client.read({ namespace: 'default', name: 'api' })).toMatchObject({ maxReplicas: 50 });
  client.close();
  await cluster.close();
});
