import fc from 'fast-check';
import { existingClusterAnswers, installedByHand } from '../../../bin/doctor/checks/add-ons';
import { bootstrapAnswer } from '../../../bin/doctor/checks/bootstrap';
import { certificateAnswer, wantedCertificates } from '../../../bin/doctor/checks/certificates';
import { concurrencyAnswer } from '../../../bin/doctor/checks/concurrency';
import { hostedZoneAnswer } from '../../../bin/doctor/checks/hosted-zone';
import { imageAnswer } from '../../../bin/doctor/checks/image';
import { admissionAnswers, connectionAnswer } from '../../../bin/doctor/checks/kubernetes-api';
import { placeholderAnswers } from '../../../bin/doctor/checks/placeholders';
import { countCpus, nodeCpus, quotaAnswer } from '../../../bin/doctor/checks/quotas';
import { rootAnswer } from '../../../bin/doctor/checks/rights';
import { stackAnswers } from '../../../bin/doctor/checks/stacks';
import { formatFindings } from '../../../bin/doctor/format-findings';
import { EXISTING_CLUSTER, testConfig } from '../../helpers/config';

const ZONE = { id: 'Z1', name: 'costs.example' };
const FACTS = {
  name: 'costs.example.',
  isPrivate: false,
  nameServers: ['ns-1.awsdns-1.com', 'ns-2.awsdns-2.net'],
};

function dnsError(code: string): Error {
  return Object.assign(new Error(`queryNs ${code}`), { code });
}

describe('the hosted zone', () => {
  test.each<[name: string, facts: typeof FACTS | undefined, asked: string[] | Error, status: string]>([
    ['is delegated', FACTS, ['NS-1.awsdns-1.com.'], 'ok'],
    ['does not exist', undefined, [], 'problem'],
    ['is of another name', { ...FACTS, name: 'other.example.' }, FACTS.nameServers, 'problem'],
    ['is private', { ...FACTS, isPrivate: true }, FACTS.nameServers, 'problem'],
    ['is delegated elsewhere', FACTS, ['ns.registrar.example'], 'problem'],
    ['is delegated nowhere', FACTS, dnsError('ENOTFOUND'), 'problem'],
    ['cannot be asked for', FACTS, dnsError('ETIMEOUT'), 'unknown'],
  ])('%s', (_, facts, asked, status) => {
    expect(hostedZoneAnswer(ZONE, facts, asked).status).toBe(status);
  });
});

describe('a certificate', () => {
  const wanted = {
    knob: 'certificateArn',
    arn: 'arn:aws:acm:us-east-1:1:certificate/1',
    hosts: ['api.costs.example', 'app.costs.example'],
  };
  const good = {
    Status: 'ISSUED',
    DomainName: '*.costs.example',
    NotAfter: new Date('2027-01-01T00:00:00Z'),
  } as const;
  const now = new Date('2026-11-28T00:00:00Z');

  test.each([
    ['covers the hosts', good, 'ok'],
    [
      'names each host',
      { ...good, DomainName: 'api.costs.example', SubjectAlternativeNames: ['app.costs.example'] },
      'ok',
    ],
    ['does not exist', undefined, 'problem'],
    ['waits for its validation', { ...good, Status: 'PENDING_VALIDATION' as const }, 'problem'],
    ['expired', { ...good, NotAfter: now }, 'problem'],
    ['covers one host', { ...good, DomainName: 'api.costs.example' }, 'problem'],
    ['covers another level', { ...good, DomainName: '*.example' }, 'problem'],
  ])('%s', (_, facts, status) => {
    expect(certificateAnswer(wanted, facts, now).status).toBe(status);
  });

  test('is asked for where the configuration names it', () => {
    expect(wantedCertificates(testConfig()).map(({ knob }) => knob)).toEqual([
      'certificateArn',
      'cdnCertificateArn',
    ]);
    expect(wantedCertificates(testConfig({}, 'dev'))).toEqual([]);
    expect(wantedCertificates(testConfig({}, 'sandbox'))).toEqual([]);
  });
});

describe('a stack', () => {
  const stack = {
    id: 'Data' as const,
    stackName: 'llm-cost-ops-dev-data',
    region: 'us-east-1',
    arn: 'arn',
    reason: undefined,
    isProtected: false,
    outputs: {},
  };

  test.each([
    ['CREATE_COMPLETE', false, 'ok', undefined],
    ['UPDATE_ROLLBACK_COMPLETE', false, 'ok', undefined],
    ['REVIEW_IN_PROGRESS', false, 'ok', undefined],
    ['UPDATE_IN_PROGRESS', false, 'later', 'waits'],
    ['ROLLBACK_COMPLETE', false, 'later', 'deletes it first'],
    ['ROLLBACK_COMPLETE', true, 'problem', 'update-termination-protection'],
    ['DELETE_FAILED', false, 'problem', 'aws cloudformation delete-stack --stack-name llm-cost-ops-dev-data'],
    ['UPDATE_ROLLBACK_FAILED', false, 'problem', 'continue-update-rollback'],
  ])('that is %s, protected: %s, is %s', (status, isProtected, expected, remedy) => {
    const [answer] = stackAnswers([{ ...stack, status, isProtected }]);
    expect(answer?.status).toBe(expected);
    if (remedy !== undefined) expect(answer?.remedy).toContain(remedy);
  });
});

describe('quotas', () => {
  const vpcs = { service: 'vpc', code: 'L-F678F1CE', what: 'VPCs' };
  const numbers = { limit: 5, region: 'us-east-1', needed: 1 };

  test('hold up to their limit', () => {
    expect(quotaAnswer(vpcs, { ...numbers, used: 4 }).status).toBe('ok');
    expect(quotaAnswer(vpcs, { ...numbers, used: 5 })).toMatchObject({
      status: 'problem',
      remedy: expect.stringContaining('--quota-code L-F678F1CE --desired-value 6'),
    });
  });

  test('of vCPUs count what runs on demand in standard families', () => {
    const instance = {
      InstanceType: 'm7i.large',
      State: { Name: 'running' },
      CpuOptions: { CoreCount: 1, ThreadsPerCore: 2 },
    } as const;
    expect(
      countCpus([
        instance,
        { ...instance, State: { Name: 'stopped' } },
        { ...instance, InstanceLifecycle: 'spot' },
        { ...instance, InstanceType: 'p4d.24xlarge' },
        { ...instance, State: { Name: 'pending' } },
      ]),
    ).toBe(4);
  });

  test('of vCPUs follow the most replicas', () => {
    // 63 x 500m + 2 x 100m + 2 = 33.7; with 10: 13 x 500m = 8.7.
    expect(nodeCpus(testConfig())).toBe(34);
    expect(nodeCpus(testConfig({ autoscaling: { hpa: { maxReplicas: 10 } } }))).toBe(9);
  });

  test('of concurrency leave 100 unreserved, whatever is reserved', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 2000 }), (reserved, free) => {
        const { status } = concurrencyAnswer({ reserved, limit: 2000, free });
        expect(status).toBe(free - reserved >= 100 ? 'ok' : 'problem');
      }),
    );
    expect(concurrencyAnswer({ reserved: 0, limit: 10, free: 10 }).status).toBe('ok');
  });
});

describe('the Kubernetes API', () => {
  test.each([
    [[], '198.51.100.7', 'later'],
    [['198.51.100.0/24'], '198.51.100.7', 'ok'],
    [['198.51.100.0/24'], '198.51.101.7', 'problem'],
    [['192.0.2.0/24', '0.0.0.0/0'], '198.51.101.7', 'ok'],
    [['198.51.100.0/24'], undefined, 'ok'],
  ])('that admits %j gives %s the answer %s', (cidrs, address, status) => {
    expect(admissionAnswers(cidrs, address)[0]?.status).toBe(status);
  });

  test('accepts a connection or does not', () => {
    expect(connectionAnswer('k8s.example', undefined).status).toBe('ok');
    expect(connectionAnswer('k8s.example', new Error('no answer within 5 s'))).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('no answer within 5 s'),
    });
  });
});

describe('add-ons', () => {
  const existing = testConfig({
    metrics: { scraperNamespace: 'monitoring' },
    cluster: { existing: EXISTING_CLUSTER },
  });
  const facts = {
    version: '1.34',
    authenticationMode: 'API_AND_CONFIG_MAP',
    hasPrivateEndpoint: true,
    isAutoMode: false,
    addOns: ['metrics-server', 'eks-pod-identity-agent'],
  };

  test.each([
    ['all there', {}, ['ok']],
    ['another version', { version: '1.33' }, ['problem']],
    ['no access entries', { authenticationMode: 'CONFIG_MAP' }, ['problem']],
    ['no private endpoint', { hasPrivateEndpoint: false }, ['problem']],
    ['no metrics-server that EKS knows of', { addOns: ['eks-pod-identity-agent'] }, ['unknown']],
    [
      'no agent beside Auto Mode, which has its own',
      { isAutoMode: true, addOns: ['metrics-server'] },
      ['ok'],
    ],
  ])('of an existing cluster with %s', (_, changes, statuses) => {
    expect(existingClusterAnswers(existing, { ...facts, ...changes }).map(({ status }) => status)).toEqual(
      statuses,
    );
  });

  test('are none by hand by default', () => {
    expect(installedByHand(testConfig({}, 'sandbox')).map(({ status }) => status)).toEqual(['ok']);
    expect(installedByHand(testConfig({}, 'dev')).map(({ status }) => status)).toEqual(['ok']);
  });

  test('are to be installed later where the configuration asks for them before there is a cluster', () => {
    const config = testConfig({ autoscaling: { driver: 'keda' }, cluster: { verticalPodAutoscaler: true } });
    expect(installedByHand(config)).toEqual(
      ["'managed'", "autoscaling.driver: 'hpa'", 'gitops: null'].map((remedy) =>
        expect.objectContaining({ status: 'later', remedy: expect.stringContaining(remedy) }),
      ),
    );
  });
});

test('a missing image is a problem once there is a repository', () => {
  const { image } = testConfig({}, 'sandbox').workload;
  expect([imageAnswer(image, false).status, imageAnswer(image, true).status]).toEqual(['later', 'problem']);
});

test('the root user cannot deploy', () => {
  expect(rootAnswer('444444444444')).toMatchObject({
    status: 'problem',
    remedy: expect.stringContaining('administrator'),
  });
});

test('a bootstrap stack is there, too old, or missing', () => {
  const statuses = [30, 6, 5, undefined].map((version) => bootstrapAnswer('us-east-1', '4', version).status);
  expect(statuses).toEqual(['ok', 'ok', 'problem', 'problem']);
});

test('an environment of one’s own has no placeholder', () => {
  expect(placeholderAnswers('mine', { account: '444444444444', domain: { api: 'api.costs.test' } })).toEqual([
    expect.objectContaining({ status: 'ok' }),
  ]);
  expect(
    placeholderAnswers('mine', { account: '1111111111112', alarms: { pageEmails: ['me@example.com'] } }),
  ).toEqual([expect.objectContaining({ message: expect.stringContaining('mine.alarms.pageEmails.0') })]);
});

test('the report ends with what has to be done, and the count', () => {
  const lines = formatFindings('dev', [
    { check: 'quotas', status: 'problem', message: 'VPCs: 5 of 5', remedy: 'ask for more' },
    { check: 'node', status: 'ok', message: 'Node 24.21.0' },
  ]);
  expect(lines).toEqual([
    'ok       node    Node 24.21.0',
    'PROBLEM  quotas  VPCs: 5 of 5',
    '                 -> ask for more',
    '',
    'dev: not ready (1 ok, 0 later, 0 unknown, 1 problem)',
  ]);
});
