import '../../helpers/fake-aws/errors-of-node';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DeploymentWorld, deploymentWorld } from '../../helpers/cloud/deployment-world';
import { DATA, deploySmall, NETWORK, statusOf } from '../../helpers/cloud/small-deployment';

let world: DeploymentWorld;
beforeEach(async () => {
  world = await deploymentWorld();
});
afterEach(() => world.close());

it('says which resource failed and why, and continues when it runs again', async () => {
  const { engine } = world.cloud.cloudFormation;
  engine.failures.set('llm-cost-ops-dev-data/Dead', 'The quota of queues is used up');
  const first = await deploySmall(world, { stacks: [NETWORK, { ...DATA, terminationProtection: true }] })
    .ended;
  expect(first.code).toBe(3);
  expect(first.errors).toContain(
    'llm-cost-ops-dev-data/Dead (AWS::SQS::Queue) CREATE_FAILED: The quota of queues is used up',
  );
  expect(statusOf(world, 'llm-cost-ops-dev-network')).toBe('CREATE_COMPLETE');
  expect(statusOf(world, 'llm-cost-ops-dev-data')).toBe('ROLLBACK_COMPLETE');
  const text = readFileSync(join(world.root, '.deploy', 'dev.json'), 'utf8');
  expect(JSON.parse(text)).toMatchObject({
    account: '111111111111',
    durations: { 'llm-cost-ops-dev-network': { create: [expect.any(Number)], update: [] } },
    lastRun: { finished: ['preflight', 'synthesis', 'approval'], stopped: { step: 'stacks' } },
  });
  expect(text).not.toMatch(/aaaa|AKID|a-secret/);

  engine.failures.clear();
  const second = await deploySmall(world).ended;
  expect(second.errors).toMatch(/continues the deployment of .*, which stopped at "stacks"/);
  expect(statusOf(world, 'llm-cost-ops-dev-data')).toBe('CREATE_COMPLETE');
  // The small stacks have no outputs for the manifests, so the command stops there, and says what it misses.
  expect(second.errors).toContain('stack output llm-cost-ops-dev-data.DatabaseEndpoint is missing');
  expect(second.code).toBe(3);
});
