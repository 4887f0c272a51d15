import { StackEngine } from './stack-engine';
import { changesBetween, type DoubleTemplate } from './template';

/** The double has to replace what CloudFormation replaces, or upgrades on it would prove nothing. */
const SUBNET = (cidr: string) => ({
  Type: 'AWS::EC2::Subnet',
  Properties: { CidrBlock: cidr, VpcId: 'vpc' },
});
const TEMPLATE = (cidr: string): DoubleTemplate => ({
  Resources: {
    Subnet: SUBNET(cidr),
    Endpoint: { Type: 'AWS::EC2::VPCEndpoint', Properties: { SubnetIds: [{ Ref: 'Subnet' }] } },
    Mount: { Type: 'AWS::EFS::MountTarget', Properties: { SubnetId: { Ref: 'Subnet' } } },
    Topic: { Type: 'AWS::SNS::Topic' },
  },
});

function deploy(engine: StackEngine, template: DoubleTemplate) {
  const stack = engine.exists('one', 'here') ? engine.find('one', 'here') : engine.make('one', 'here');
  engine.execute(stack, {
    name: 'set',
    id: 'set',
    templateText: '',
    template,
    changes: changesBetween(stack.template, template),
    status: 'CREATE_COMPLETE',
    parameters: {},
    tags: [],
  });
  engine.advance();
  const ids = [...stack.resources].map(([id, { physicalId }]) => [id, physicalId]);
  return { status: stack.status, ids: Object.fromEntries(ids) as Record<string, string> };
}

function newEngine(): StackEngine {
  return new StackEngine({ account: '111111111111', now: () => new Date(0) });
}

it('gives a replaced resource, and those that it makes replace, new physical ids, and leaves others alone', () => {
  const engine = newEngine();
  const before = deploy(engine, TEMPLATE('10.0.0.0/24'));
  const after = deploy(engine, TEMPLATE('10.0.1.0/24'));
  expect(after.status).toBe('UPDATE_COMPLETE');
  expect(after.ids['Subnet']).not.toBe(before.ids['Subnet']);
  expect(after.ids['Mount']).not.toBe(before.ids['Mount']);
  expect(after.ids['Endpoint']).toBe(before.ids['Endpoint']);
  expect(after.ids['Topic']).toBe(before.ids['Topic']);
});

it('rolls back where a resource with a custom name has to be replaced', () => {
  const engine = newEngine();
  const group = (port: number): DoubleTemplate => ({
    Resources: {
      Group: { Type: 'AWS::ElasticLoadBalancingV2::TargetGroup', Properties: { Name: 'api', Port: port } },
    },
  });
  const before = deploy(engine, group(80));
  const after = deploy(engine, group(81));
  expect(after).toEqual({ status: 'UPDATE_ROLLBACK_COMPLETE', ids: before.ids });
});

it('keeps a removed resource whose policy is to retain it, outside the stack', () => {
  const engine = newEngine();
  const key = { Type: 'AWS::KMS::Key', DeletionPolicy: 'Retain' };
  deploy(engine, { Resources: { Key: key, Topic: { Type: 'AWS::SNS::Topic' } } });
  expect(deploy(engine, TEMPLATE('10.0.0.0/24')).ids).not.toHaveProperty('Key');
  expect([...engine.find('one', 'here').retained.keys()]).toEqual(['Key']);
});
