import { AwsSession, type AwsSessionProps } from '../../../bin/aws/aws-session';
import { main } from '../../../bin/doctor';
import type { Surroundings } from '../../../bin/doctor/context';
import type { Finding } from '../../../bin/doctor/finding';
import { doctorPrecondition } from '../../../bin/doctor/precondition';
import { draftedTemplates } from '../../../bin/doctor/run-checks';
import { selfSignedCertificate } from '../../../k8s/scripts/self-signed-certificate';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { AccountDouble, queryRefusal } from '../../helpers/cloud/account-double';
import { FakeCluster } from '../../helpers/fake-kubernetes/fake-cluster';
import { runMain } from '../../helpers/run-main';

// The templates are drafted, not validated: test/lib/synthesize.test.ts does that.
process.env['CDK_VALIDATION'] = 'false';

const double = new AccountDouble();

beforeAll(() => double.server.listen());
afterEach(() => double.reset());
afterAll(() => double.close());

interface Report {
  readonly environment: string;
  readonly ready: boolean;
  readonly findings: readonly Finding[];
}

/** Rendered once for all tests. */
const templates = draftedTemplates(loadEnvironment('sandbox', {}, '444444444444'));

const surroundings = {
  nodeVersion: '24.21.0',
  now: () => new Date('2026-11-28T00:00:00Z'),
  resolveNs: async () => [],
  connect: async () => undefined,
  templatesOf: () => templates,
};

function sessionProps(): AwsSessionProps {
  return {
    client: {
      endpoint: double.server.url,
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    },
    waiting: { sleep: async () => undefined, random: () => 0, elapsedMs: () => 0 },
  };
}

function doctor(...argv: string[]) {
  return runMain((args, terminal) => main(args, terminal, { surroundings, aws: sessionProps() }), ...argv);
}

async function report(environment = 'sandbox'): Promise<{ code: number; report: Report }> {
  const { code, out } = await doctor('--env', environment, '--json');
  return { code, report: JSON.parse(out) as Report };
}

/** What is neither well nor to be done later. */
function wrong({ findings }: Report): string[] {
  return findings
    .filter(({ status }) => status === 'problem' || status === 'unknown')
    .map(({ check, message, status }) => `${status} ${check}: ${message}`);
}

describe('npm run doctor', () => {
  test('finds a healthy account ready for the sandbox, without a change', async () => {
    const { code, out, errors } = await doctor('--env', 'sandbox');
    expect(out).toMatch(/sandbox: ready to deploy \(\d+ ok, 0 later, 0 unknown, 0 problem\)$/);
    expect(code).toBe(0);
    expect(errors.length).toBeGreaterThan(5);
    const writes = double.server.requests
      .map(({ body, headers }) =>
        String(headers['x-amz-target'] ?? new URLSearchParams(body.toString()).get('Action')),
      )
      .filter((action) => /(^|\.)(Create|Put|Update|Delete|Modify|Tag|Start)/.test(action));
    expect(writes).toEqual([]);
  });

  test.each<[name: string, change: () => void, expected: RegExp]>([
    [
      'no bootstrap stack',
      () => double.state.bootstrap.clear(),
      /^problem bootstrap: us-east-1 is not bootstrapped/,
    ],
    [
      'an old bootstrap stack',
      () => double.state.bootstrap.set('us-east-1', '5'),
      /^problem bootstrap: .* version 5/,
    ],
    [
      'a zone without EKS',
      () => double.state.zones.set('us-east-1b', 'use1-az3'),
      /^problem zones: zone us-east-1b is use1-az3/,
    ],
    ['no room for a VPC', () => (double.state.vpcs = 5), /^problem quotas: VPCs in us-east-1: 5 of 5/],
    [
      'a new account without concurrency',
      () => (double.state.concurrency = { limit: 10, unreserved: 10 }),
      /^problem lambda-concurrency: the functions reserve \d+/,
    ],
    [
      'a load balancer of the same name',
      () => double.state.loadBalancers.push('llm-cost-ops-sandbox'),
      /^problem names: AWS::ElasticLoadBalancingV2::LoadBalancer llm-cost-ops-sandbox exists/,
    ],
    [
      'a log group that a former deployment kept',
      () => double.state.logGroups.push('/aws/eks/llm-cost-ops-sandbox/cluster'),
      /^problem names: AWS::Logs::LogGroup \/aws\/eks\/llm-cost-ops-sandbox\/cluster exists/,
    ],
    [
      'another prefix list',
      () => (double.state.prefixList = 'pl-0'),
      /^problem prefix-list: .* CloudFront's list in us-east-1 is pl-0/,
    ],
    [
      'a stack that failed to be deleted',
      () => double.state.stacks.set('llm-cost-ops-sandbox-data', 'DELETE_FAILED'),
      /^problem stacks: llm-cost-ops-sandbox-data is DELETE_FAILED/,
    ],
  ])('finds %s, and nothing else', async (_, change, expected) => {
    change();
    const { code, report: found } = await report();
    expect(wrong(found)).toEqual([expect.stringMatching(expected)]);
    expect({ code, ready: found.ready }).toEqual({ code: 2, ready: false });
  });

  test('does not take a cluster that it cannot look into for one with everything', async () => {
    double.state.account = '111111111111';
    const connection = {
      endpoint: 'https://127.0.0.1:1',
      certificateAuthority: selfSignedCertificate('kubernetes').certificate,
      logIn: { token: async () => 'the-token' },
    };
    const inside = { ...surroundings, connectCluster: async () => connection };
    const { out } = await runMain(
      (args, terminal) => main(args, terminal, { surroundings: inside, aws: sessionProps() }),
      ...['--env', 'dev', '--json'],
    );
    const { findings } = JSON.parse(out) as Report;
    expect(findings.filter(({ check, status }) => check === 'add-ons' && status !== 'ok')).toEqual([
      {
        check: 'add-ons',
        status: 'unknown',
        message: expect.stringMatching(/^the cluster was not looked into: .*the Kubernetes API is private/),
      },
    ]);
  });

  test('says for each role that the caller may not assume it', async () => {
    double.state.refused.push('sts:AssumeRole');
    const { report: found } = await report();
    expect(wrong(found)).toEqual([
      expect.stringContaining('role/cdk-hnb659fds-deploy-role-444444444444-us-east-1'),
      expect.stringContaining('role/cdk-hnb659fds-file-publishing-role-444444444444-us-east-1'),
      expect.stringContaining('role/llm-cost-ops-sandbox-admin'),
    ]);
  });

  test('does not take resources of its own stacks for those of others', async () => {
    double.state.stacks.set('llm-cost-ops-sandbox-cluster', 'UPDATE_COMPLETE');
    double.state.logGroups.push('/aws/eks/llm-cost-ops-sandbox/cluster');
    double.state.resources.push({ type: 'AWS::Logs::LogGroup', id: '/aws/eks/llm-cost-ops-sandbox/cluster' });
    const { report: found } = await report();
    expect(wrong(found)).toEqual([]);
  });

  test('asks for service-linked roles that nobody may create', async () => {
    double.state.roles.splice(0, 1);
    expect(wrong((await report()).report)).toEqual([]);
    double.state.refused.push('iam:CreateServiceLinkedRole');
    expect(wrong((await report()).report)).toEqual([
      expect.stringMatching(/^problem service-linked-roles: .* AWSServiceRoleForAmazonEKS does not exist/),
    ]);
  });

  test('finds every value of the repository, and asks nothing of another account', async () => {
    double.state.account = '999999999999';
    const { report: found } = await report('dev');
    expect(
      found.findings.filter(({ check }) => check === 'placeholders').map(({ message }) => message),
    ).toEqual(
      expect.arrayContaining([
        'dev.account is an account of the repository: 111111111111',
        'dev.domain.api is a name that IANA keeps for documentation: api.dev.example.com',
        'dev.domain.hostedZone.id is a hosted zone of the repository: Z0DEV00000000EXAMPLE',
        'dev.cluster.publicAccessCidrs.0 is a range that is kept for documentation: 203.0.113.0/24',
      ]),
    );
    expect(found.findings).toContainEqual(
      expect.objectContaining({
        check: 'credentials',
        status: 'problem',
        message: expect.stringContaining('999999999999'),
      }),
    );
    expect(double.server.requests).toHaveLength(1);
  });

  test.each([
    [
      'expired credentials',
      queryRefusal(403, 'ExpiredToken', 'The security token is expired'),
      /have expired; log in/,
    ],
    [
      'throttling at every attempt',
      queryRefusal(400, 'Throttling', 'Rate exceeded'),
      /throttles the account/,
    ],
  ])('makes checks unknown, never well, with %s', async (_, answer, reason) => {
    double.server.failWhere(() => true, { kind: 'answer', answer });
    const { code, report: found } = await report();
    const statuses = new Set(
      found.findings
        .filter(({ check }) => check !== 'node' && check !== 'placeholders')
        .map(({ status }) => status),
    );
    expect([...statuses].sort()).toEqual(['problem', 'unknown']);
    expect(found.findings.find(({ check }) => check === 'credentials')?.message).toMatch(reason);
    expect(code).toBe(2);
  });

  test('names the right that a check lacks, and makes the others', async () => {
    const answer = queryRefusal(
      403,
      'AccessDenied',
      'User: me is not authorized to perform: iam:SimulatePrincipalPolicy',
    );
    double.server.failWhere(({ body }) => body.includes('SimulatePrincipalPolicy'), {
      kind: 'answer',
      answer,
    });
    const { report: found } = await report();
    expect(wrong(found)).toEqual([
      expect.stringMatching(/^unknown rights: .* needs iam:SimulatePrincipalPolicy/),
      expect.stringMatching(/^unknown rights: .* needs iam:SimulatePrincipalPolicy/),
    ]);
  });

  test.each([
    [[], '--env <name> is needed; see --help'],
    [['--env', 'nope'], 'env must be one of sandbox, dev, staging, prod, got "nope"'],
    [
      ['--env', 'sandbox', '--address', 'here'],
      '--address must be an IPv4 address such as 198.51.100.7, got here',
    ],
  ])('refuses %j', async (argv, message) => {
    expect(await doctor(...argv)).toEqual({ code: 1, out: '', errors: [message] });
  });
});

describe('before a deployment', () => {
  const sandbox = loadEnvironment('sandbox', {}, '444444444444');
  const withKeda = { ...sandbox, autoscaling: { ...sandbox.autoscaling, driver: 'keda' as const } };
  let said: string[] = [];

  async function stops(config = sandbox, asked: Surroundings = surroundings): Promise<readonly string[]> {
    const aws = new AwsSession(sessionProps());
    said = [];
    const say = (line: string) => said.push(line);
    const machine = { environment: {}, home: '/', root: '/', now: surroundings.now, elapsedMs: () => 0 };
    const context = { aws, config, machine, signal: new AbortController().signal, say };
    try {
      return await doctorPrecondition(asked).check(context);
    } finally {
      aws.close();
    }
  }

  test('nothing stops where all is well, and what is unknown does not', async () => {
    expect(await stops()).toEqual([]);
    const answer = queryRefusal(403, 'AccessDenied', 'User: me is not authorized');
    double.server.failWhere(({ body }) => body.includes('SimulatePrincipalPolicy'), {
      kind: 'answer',
      answer,
    });
    expect(await stops()).toEqual([]);
  });

  test('KEDA that is missing in the cluster stops, before anything is changed', async () => {
    const cluster = await FakeCluster.start([]);
    try {
      const connectCluster = async () => cluster.connection;
      expect(await stops(withKeda, { ...surroundings, connectCluster })).toEqual([
        expect.stringMatching(
          /^add-ons: .*KEDA is missing -> install it .*, or set autoscaling\.driver: 'hpa'$/,
        ),
      ]);
    } finally {
      await cluster.close();
    }
  });

  test('KEDA is announced where there is no cluster yet to install it in', async () => {
    expect(await stops(withKeda, { ...surroundings, connectCluster: async () => undefined })).toEqual([]);
    expect(said).toContainEqual(
      expect.stringMatching(/^the manifests need KEDA.*install it before the manifests/),
    );
    await stops();
    expect(said.join()).not.toContain('KEDA');
  });

  test('a problem stops, with its remedy; a blocked stack is left to the deployment', async () => {
    double.state.stacks.set('llm-cost-ops-sandbox-data', 'DELETE_FAILED');
    double.state.vpcs = 5;
    expect(await stops()).toEqual([
      expect.stringMatching(/^quotas: VPCs .* -> aws service-quotas request-service-quota-increase/),
    ]);
  });
});
