import '../../helpers/fake-aws/errors-of-node';
import { join } from 'node:path';
import { main } from '../../../bin/deploy';
import { type DeploymentWorld, deploymentWorld } from '../../helpers/cloud/deployment-world';
import { type SmallStack, writeAssembly } from '../../helpers/cloud/small-assembly';

let world: DeploymentWorld;
beforeAll(async () => {
  world = await deploymentWorld();
});
afterEach(() => world.reset());
afterAll(() => world.close());

async function deploy(...argv: string[]) {
  const out: string[] = [];
  const errors: string[] = [];
  const terminal = {
    print: (line: string) => out.push(line),
    printError: (line: string) => errors.push(line),
  };
  const code = await main(argv, terminal, world.surroundings());
  return { code, out: out.join('\n'), errors: errors.join('\n') };
}

function assembly(stacks: readonly SmallStack[]): string {
  return writeAssembly(join(world.root, 'assembly'), stacks);
}

const DATABASE = { Type: 'AWS::RDS::DBInstance', Properties: { DBName: 'a', AllocatedStorage: '20' } };

it('explains itself', async () => {
  const { code, out } = await deploy('--help');
  expect(code).toBe(0);
  expect(out).toMatch(/--dry-run[\s\S]*--prune[\s\S]*--cluster-role[\s\S]*Exit codes: 0 deployed/);
});

it.each([
  [[], '--env <name> is needed'],
  [['--env', 'nowhere'], 'nowhere'],
  [['--env', 'dev', '--sometimes'], "Unknown option '--sometimes'; see --help"],
])('refuses %j, and says what is wrong', async (argv, message) => {
  const { code, errors } = await deploy(...argv);
  expect(code).toBe(1);
  expect(errors).toContain(message);
});

it.each([
  ['ExpiredToken', 'The token is expired', 403, 'have expired; log in again'],
  ['InvalidClientTokenId', 'The token is invalid', 403, 'either the key is wrong'],
  ['Throttling', 'Rate exceeded', 400, 'AWS throttles the account'],
])('ends before anything is made where STS answers %s', async (error, message, status, sentence) => {
  world.cloud.refuse('GetCallerIdentity', error, message, status);
  const { code, errors } = await deploy('--env', 'dev', '--assembly', assembly([]));
  expect(code).toBe(1);
  expect(errors).toContain(sentence);
  expect(world.cloud.cloudFormation.engine.stacks).toEqual([]);
});

it('refuses an account that is not bootstrapped, with the command', async () => {
  world.cloud.cloud.bootstrapVersion = undefined;
  const { code, errors } = await deploy('--env', 'dev', '--assembly', assembly([]));
  expect(code).toBe(1);
  expect(errors).toContain(
    'bootstrap: us-east-1 of account 111111111111 has no bootstrap stack (6 or later is needed); run: npx cdk bootstrap -c env=dev',
  );
});

it('refuses the credentials of another account', async () => {
  const { code, errors } = await deploy('--env', 'staging', '--assembly', assembly([]));
  expect(code).toBe(1);
  expect(errors).toContain('the credentials belong to account 111111111111');
});

it('shows what a first deployment makes, and makes nothing', async () => {
  const folder = assembly([{ id: 'Data', template: { Resources: { Database: DATABASE } } }]);
  const { code, out } = await deploy('--env', 'dev', '--dry-run', '--assembly', folder);
  expect(code).toBe(2);
  expect(out).toContain('Data (llm-cost-ops-dev-data): a new stack of 1 resources');
  expect(out).toContain('Manifests: all are new');
  expect(world.cloud.cloudFormation.engine.stacks).toEqual([]);
});

it('shows first what a deployment would replace and which data it would lose', async () => {
  const { engine } = world.cloud.cloudFormation;
  const stack = engine.make('llm-cost-ops-dev-data', 'us-east-1');
  stack.status = 'CREATE_COMPLETE';
  stack.templateText = JSON.stringify({
    Resources: { Database: DATABASE, Old: { Type: 'AWS::SNS::Topic', Properties: {} } },
  });
  const renamed = { ...DATABASE, Properties: { ...DATABASE.Properties, DBName: 'b' } };
  const folder = assembly([{ id: 'Data', template: { Resources: { Database: renamed } } }]);
  const { code, out } = await deploy('--env', 'dev', '--dry-run', '--assembly', folder);
  expect(code).toBe(2);
  expect(out.split('\n').slice(0, 3)).toEqual([
    'Replacements and removals:',
    '  LOSES DATA  Data: REPLACE AWS::RDS::DBInstance Database (DBName)',
    '              Data: remove AWS::SNS::Topic Old',
  ]);
});

it('asks before rights change, and changes nothing without a yes', async () => {
  const folder = assembly([
    { id: 'Data', template: { Resources: { Role: { Type: 'AWS::IAM::Role', Properties: {} } } } },
  ]);
  const questions: string[] = [];
  const ask = async (question: string) => {
    questions.push(question);
    return 'no';
  };
  const errors: string[] = [];
  const terminal = { print: () => undefined, printError: (line: string) => errors.push(line) };
  const surroundings = { ...world.surroundings(), ask };
  const code = await main(['--env', 'dev', '--assembly', folder], terminal, surroundings);
  expect(code).toBe(1);
  expect(questions).toEqual(['Deploy these changes of rights, networks or resources? [y/N] ']);
  expect(errors).toContain('not agreed to; nothing was changed');
  expect(world.cloud.cloudFormation.engine.stacks).toEqual([]);
});
