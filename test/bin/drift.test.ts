import '../helpers/fake-aws/errors-of-node';
import { main } from '../../bin/drift';
import type { KubernetesDocument } from '../../k8s/manifest';
import { FIELD_MANAGER, HPA_NAME, NAMESPACE } from '../../lib/config/names';
import { type DeploymentWorld, deploymentWorld } from '../helpers/cloud/deployment-world';
import { putEnvironment } from '../helpers/cloud/put-environment';

let world: DeploymentWorld;
let documents: readonly KubernetesDocument[];
beforeAll(async () => {
  world = await deploymentWorld();
});
beforeEach(() => {
  documents = putEnvironment(world);
});
afterEach(() => world.reset());
afterAll(() => world.close());

async function drift(...argv: string[]) {
  const out: string[] = [];
  const errors: string[] = [];
  const terminal = {
    print: (line: string) => out.push(line),
    printError: (line: string) => errors.push(line),
  };
  const code = await main(['--env', 'dev', ...argv], terminal, world.surroundings());
  return { code, out: out.join('\n'), errors: errors.join('\n') };
}

const HPA = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: HPA_NAME, namespace: NAMESPACE },
};

function stackOf(name: string) {
  const stack = world.cloud.cloudFormation.engine.stacks.find((one) => one.name === name);
  if (!stack) throw new Error(`no stack ${name}`);
  return stack;
}

it('finds nothing in an environment as it was deployed', async () => {
  expect(await drift()).toMatchObject({ code: 0, out: 'dev is as it was deployed' });
});

it('says which resource of a stack was changed, and how', async () => {
  stackOf('llm-cost-ops-dev-data').drifted.set('Queue', [
    { path: '/VisibilityTimeout', expected: '30', actual: '60' },
  ]);
  stackOf('llm-cost-ops-dev-cache').drifted.set('Queue', []);
  const { code, out } = await drift();
  expect(code).toBe(2);
  expect(out.split('\n')).toEqual([
    'llm-cost-ops-dev-data/Queue (AWS::SQS::Queue) was changed',
    '  /VisibilityTimeout: 30 -> 60',
    'llm-cost-ops-dev-cache/Queue (AWS::SQS::Queue) was deleted',
  ]);
});

it('says what a person changed in the cluster', async () => {
  world.cluster.apply({ ...HPA, spec: { maxReplicas: 99 } } as never, 'kubectl-edit');
  const { code, out } = await drift();
  expect(code).toBe(2);
  expect(out).toBe(
    `HorizontalPodAutoscaler ${NAMESPACE}/${HPA_NAME} was changed\n  spec.maxReplicas: 5 -> 99`,
  );
});

it('leaves the floor alone that predictive scaling holds', async () => {
  world.cluster.apply({ ...HPA, spec: { minReplicas: 4 } } as never, FIELD_MANAGER);
  const { code, out } = await drift();
  expect(code).toBe(0);
  expect(out).toContain(
    `HorizontalPodAutoscaler ${NAMESPACE}/${HPA_NAME} spec.minReplicas: ${FIELD_MANAGER}`,
  );
});

it('says what is missing in the cluster, and what is there of an earlier deployment', async () => {
  const service = documents.find(({ kind }) => kind === 'Service');
  world.cluster.reset();
  for (const document of documents) {
    if (document !== service) world.cluster.apply(document as never, 'llm-cost-ops-deploy');
  }
  const old = { ...service, metadata: { ...service?.metadata, name: 'old' } };
  world.cluster.apply(old as never, 'llm-cost-ops-deploy');
  const { code, out } = await drift();
  expect(code).toBe(2);
  expect(out).toContain(`Service ${NAMESPACE}/${service?.metadata?.name} is missing in the cluster`);
  expect(out).toContain(`Service ${NAMESPACE}/old is no longer in the manifests`);
});

it('prints the report as JSON', async () => {
  stackOf('llm-cost-ops-dev-cdn').status = 'ROLLBACK_FAILED';
  const { code, out } = await drift('--json');
  expect(code).toBe(2);
  const { stacks } = JSON.parse(out) as { stacks: { stackName: string }[] };
  expect(stacks.find(({ stackName }) => stackName.endsWith('cdn'))).toEqual({
    stackName: 'llm-cost-ops-dev-cdn',
    status: 'unknown',
    reason: 'the stack is in ROLLBACK_FAILED',
    resources: [],
  });
});

it('says that an environment is not deployed', async () => {
  world.cloud.cloudFormation.engine.stacks.length = 0;
  const { code, errors } = await drift();
  expect(code).toBe(1);
  expect(errors).toContain('dev is not deployed; run npm run deploy -- --env dev');
});
