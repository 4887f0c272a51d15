import '../helpers/fake-aws/errors-of-node';
import { applied } from '../../bin/deploy/render-manifests';
import { main } from '../../bin/destroy';
import { DEPLOY_MANAGER } from '../../bin/kubernetes/kubernetes-client';
import { renderManifests } from '../../k8s/manifests';
import { loadEnvironment } from '../../lib/config/resolve-config';
import { type DeploymentWorld, deploymentWorld } from '../helpers/cloud/deployment-world';
import { putStack } from '../helpers/cloud/put-stack';
import type { FakeObject } from '../helpers/fake-kubernetes/fake-cluster';

let world: DeploymentWorld;
beforeAll(async () => {
  world = await deploymentWorld();
});
afterEach(() => world.reset());
afterAll(() => world.close());

async function destroy(argv: readonly string[], surroundings = world.surroundings()) {
  const out: string[] = [];
  const errors: string[] = [];
  const terminal = {
    print: (line: string) => out.push(line),
    printError: (line: string) => errors.push(line),
  };
  const code = await main(argv, terminal, surroundings);
  return { code, out: out.join('\n'), errors: errors.join('\n') };
}

const QUEUE = { Resources: { Queue: { Type: 'AWS::SQS::Queue' } } };
const AGREED = ['--env', 'dev', '--yes', 'dev'];

function statuses(): Record<string, string> {
  const { stacks } = world.cloud.cloudFormation.engine;
  return Object.fromEntries(stacks.map(({ name, status }) => [name.replace('llm-cost-ops-', ''), status]));
}

it('deletes the manifests first, then the stacks in reverse order', async () => {
  for (const id of ['Network', 'Data', 'Cluster', 'Observability'] as const) {
    putStack(world.cloud, id, QUEUE);
  }
  for (const document of applied(renderManifests(loadEnvironment('dev')).manifests)) {
    world.cluster.apply(document as FakeObject, DEPLOY_MANAGER);
  }
  const { code, out, errors } = await destroy(AGREED);
  expect({ code, errors: code === 0 ? '' : errors }).toEqual({ code: 0, errors: '' });
  expect(world.cluster.titles).toEqual([]);
  expect(Object.values(statuses())).toEqual(Array(4).fill('DELETE_COMPLETE'));
  const lines = errors.split('\n');
  const order = [
    'deleted HorizontalPodAutoscaler',
    'deleted Deployment',
    'deleting Observability',
    'deleting Cluster',
  ];
  const places = [...order, 'deleting Data', 'deleting Network'].map((start) =>
    lines.findIndex((line) => line.startsWith(start)),
  );
  expect(places).toEqual([...places].sort((one, other) => one - other));
  expect(places).not.toContain(-1);
  expect(out).toMatch(/dev: 4 stacks and \d+ objects of the cluster deleted\nnothing stays/);
});

it('takes away what is there of a half-made environment', async () => {
  world.cloud.cloud.clusters.clear();
  putStack(world.cloud, 'Network', QUEUE);
  putStack(world.cloud, 'Data', QUEUE).status = 'ROLLBACK_COMPLETE';
  const { code, out } = await destroy(AGREED);
  expect(code).toBe(0);
  expect(statuses()).toEqual({ 'dev-network': 'DELETE_COMPLETE', 'dev-data': 'DELETE_COMPLETE' });
  expect(out).toContain('2 stacks and no objects of the cluster deleted');
  expect((await destroy(AGREED)).code).toBe(0);
});

it('refuses a protected environment, naming each protection, and deletes nothing', async () => {
  putStack(world.cloud, 'Network', QUEUE, { isProtected: true });
  const Properties = { DeletionProtection: true };
  const database = { Resources: { Database: { Type: 'AWS::RDS::DBInstance', Properties } } };
  putStack(world.cloud, 'Data', database);
  const { code, errors } = await destroy(AGREED);
  expect(code).toBe(1);
  expect(errors.split('\n')).toEqual([
    'dev is protected; nothing was deleted:',
    '  llm-cost-ops-dev-network: termination protection of the stack (terminationProtection: false)',
    '  llm-cost-ops-dev-data/Database: deletion protection of AWS::RDS::DBInstance (database: { deletionProtection: false })',
    'set these values in lib/config/environments.ts, run npm run deploy -- --env dev, and destroy it then',
  ]);
  expect(statuses()).toEqual({ 'dev-network': 'CREATE_COMPLETE', 'dev-data': 'CREATE_COMPLETE' });
});

it('lists what stays, with its cost and the command that removes it', async () => {
  putStack(world.cloud, 'Data', {
    Resources: {
      Key: { Type: 'AWS::KMS::Key', DeletionPolicy: 'Retain' },
      Database: {
        Type: 'AWS::RDS::DBInstance',
        DeletionPolicy: 'Snapshot',
        Properties: { AllocatedStorage: '20' },
      },
      Queue: { Type: 'AWS::SQS::Queue' },
    },
  });
  const name = '/aws/rds/instance/llm-cost-ops-dev/postgresql';
  world.cloud.cloud.logGroups.push({ name, storedBytes: 2 * 1024 ** 3 });
  const { code, out } = await destroy([...AGREED, '--skip-manifests']);
  expect(code).toBe(0);
  expect(out).toMatch(/AWS::KMS::Key \w+ \(1\.00 USD a month\)\n\s+aws kms schedule-key-deletion/);
  expect(out).toMatch(
    /snapshot of AWS::RDS::DBInstance .* \(1\.90 USD a month\)\n\s+aws rds describe-db-snapshots/,
  );
  expect(out).toContain(`AWS::Logs::LogGroup ${name} (0.06 USD a month)`);
  expect(out).toContain(`aws logs delete-log-group --region us-east-1 --log-group-name ${name}`);
  expect(out).not.toContain('Queue');
});

it('says which resource could not be deleted, and continues when it runs again', async () => {
  putStack(world.cloud, 'Network', QUEUE);
  const { failures } = world.cloud.cloudFormation.engine;
  failures.set('llm-cost-ops-dev-network/Queue', 'It has a dependent object');
  const first = await destroy(AGREED);
  expect(first.code).toBe(1);
  expect(first.errors).toContain(
    'llm-cost-ops-dev-network could not be deleted:\n  Queue (AWS::SQS::Queue): It has a dependent object',
  );
  failures.clear();
  expect((await destroy(AGREED)).code).toBe(0);
  expect(statuses()).toEqual({ 'dev-network': 'DELETE_COMPLETE' });
});

it.each([
  [['--env', 'dev'], 'without a terminal --yes dev is needed'],
  [
    ['--env', 'dev', '--yes', 'prod'],
    '--yes must name the environment that is deleted, got --yes prod and --env dev',
  ],
  [['--yes', 'dev'], '--yes must name the environment that is deleted'],
])('refuses %j', async (argv, message) => {
  putStack(world.cloud, 'Network', QUEUE);
  const { code, errors } = await destroy(argv);
  expect(code).toBe(1);
  expect(errors).toContain(message);
  expect(statuses()).toEqual({ 'dev-network': 'CREATE_COMPLETE' });
});

it.each([
  ['dev', 0, 'DELETE_COMPLETE'],
  ['prod', 1, 'CREATE_COMPLETE'],
])('asks for the name: %s ends with %d', async (typed, code, status) => {
  putStack(world.cloud, 'Network', QUEUE);
  const surroundings = { ...world.surroundings(), ask: async () => typed };
  expect((await destroy(['--env', 'dev'], surroundings)).code).toBe(code);
  expect(statuses()).toEqual({ 'dev-network': status });
});
