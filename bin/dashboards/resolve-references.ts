import type { Template } from '../synth/draft-templates';

/** What `Ref` and the other intrinsic functions of a value refer to. */
export interface Deployment {
  /** AWS account id. */
  readonly account: string;
  /** AWS region. */
  readonly region: string;
  /** Templates by the names of their stacks. */
  readonly templates: Readonly<Record<string, Template>>;
}

/** Property that a `Ref` to a resource returns, for types whose names this repository sets. */
const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::EKS::Cluster': 'Name',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::RDS::DBInstance': 'DBInstanceIdentifier',
  'AWS::RDS::DBProxy': 'DBProxyName',
};

/** Forms of the names that AWS generates. */
const SHAPES: Readonly<Record<string, string>> = {
  'AWS::ElasticLoadBalancingV2::LoadBalancer.LoadBalancerFullName': 'app/<load-balancer>/<id>',
  'AWS::ElasticLoadBalancingV2::TargetGroup.TargetGroupFullName': 'targetgroup/<target-group>/<id>',
  'AWS::ElasticLoadBalancingV2::Listener': 'listener/app/<load-balancer>/<id>/<listener>',
};

/**
 * A value of the template of `stack` as text. Placeholders such as `<load-balancer>` stand for what only a deployment
 * knows.
 * @throws Error on an intrinsic function that is not supported here
 */
export function resolveText(value: unknown, stack: string, deployment: Deployment): string {
  if (typeof value === 'string') return value;
  const [name, argument] = Object.entries(value as object)[0] ?? [];
  const resolve = (part: unknown) => resolveText(part, stack, deployment);
  switch (name) {
    case 'Fn::Join': {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map(resolve).join(separator);
    }
    case 'Fn::Select': {
      const [index, list] = argument as [number, unknown];
      return splitText(list, resolve)[index] ?? '<unknown>';
    }
    case 'Fn::GetStackOutput':
      return outputText(argument as { StackName: string; OutputName: string }, deployment);
    case 'Fn::GetAtt': {
      const [id, attribute] = argument as [string, string];
      return attributeText(id, attribute, stack, deployment);
    }
    case 'Ref':
      return argument === 'AWS::Region' ? deployment.region : attributeText(argument, '', stack, deployment);
    default:
      throw new Error(
        `a dashboard uses the intrinsic function ${name}, which resolve-references.ts does not support`,
      );
  }
}

function splitText(list: unknown, resolve: (part: unknown) => string): string[] {
  const [separator, whole] = (list as { 'Fn::Split': [string, unknown] })['Fn::Split'];
  return resolve(whole).split(separator);
}

function outputText(
  { StackName, OutputName }: { StackName: string; OutputName: string },
  deployment: Deployment,
): string {
  const output = deployment.templates[StackName]?.Outputs?.[OutputName];
  if (output === undefined) throw new Error(`stack ${StackName} has no output ${OutputName}`);
  return resolveText(output.Value, StackName, deployment);
}

function attributeText(id: string, attribute: string, stack: string, deployment: Deployment): string {
  const resource = deployment.templates[stack]?.Resources[id];
  if (resource === undefined) throw new Error(`stack ${stack} has no resource ${id}`);
  const { Type, Properties = {} } = resource;
  if (Properties['AlarmName'] !== undefined && attribute === 'Arn') {
    return `arn:aws:cloudwatch:${deployment.region}:${deployment.account}:alarm:${Properties['AlarmName']}`;
  }
  const shape = SHAPES[attribute === '' ? Type : `${Type}.${attribute}`];
  if (shape !== undefined) return shape;
  const named = NAME_PROPERTIES[Type];
  const name = attribute === '' && named !== undefined ? Properties[named] : undefined;
  return typeof name === 'string' ? name : `<${kebab(Type.split('::').at(-1) ?? Type)}>`;
}

function kebab(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
}
