import { createHash } from 'node:crypto';
import type { DoubleTemplate } from './template';

/** Where the values of a stack's template come from. */
export interface Scope {
  readonly account: string;
  readonly region: string;
  readonly stackName: string;
  readonly template: DoubleTemplate;
  readonly parameters: Readonly<Record<string, string>>;
  /** Physical id of a resource of the stack. */
  readonly physicalId: (logicalId: string) => string;
  /** Output of another stack. @throws Error where there is none */
  readonly outputOf: (stackName: string, output: string, region: string) => string;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A resource that gets a physical id. */
export interface IdentifiedResource {
  readonly logicalId: string;
  readonly type: string;
  /** @default none */
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Number of the resource among those that replaced each other under the logical id. @default 0 */
  readonly generation?: number;
}

/** A physical id in the form that AWS gives resources of the type, as far as somebody checks it. */
export function physicalIdOf(
  { account, region, stackName }: Pick<Scope, 'account' | 'region' | 'stackName'>,
  { logicalId, type, properties = {}, generation = 0 }: IdentifiedResource,
): string {
  const seed = generation === 0 ? `${stackName}/${logicalId}` : `${stackName}/${logicalId}/${generation}`;
  const unique = hashOf(seed).slice(0, 16);
  const arn = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;
  const named = (property: string) => String(properties[property] ?? `${stackName}-${logicalId}`);
  switch (type) {
    case 'AWS::ElasticLoadBalancingV2::TargetGroup':
      return arn('elasticloadbalancing', `targetgroup/${named('Name')}/${unique}`);
    case 'AWS::ElasticLoadBalancingV2::LoadBalancer':
      return arn('elasticloadbalancing', `loadbalancer/app/${named('Name')}/${unique}`);
    case 'AWS::SecretsManager::Secret':
      return arn('secretsmanager', `secret:${named('Name')}-${unique.slice(0, 6)}`);
    case 'AWS::SNS::Topic':
      return arn('sns', named('TopicName'));
    case 'AWS::EKS::Cluster':
      return named('Name');
    case 'AWS::ECR::Repository':
      return named('RepositoryName');
    case 'AWS::Logs::LogGroup':
      return named('LogGroupName');
    case 'AWS::KMS::Key':
      return unique;
    default:
      return `${stackName}-${logicalId}-${unique}`.toLowerCase();
  }
}

/** The value of an expression of a template. */
export function evaluate(expression: unknown, scope: Scope): unknown {
  if (Array.isArray(expression)) return expression.map((one) => evaluate(one, scope));
  if (typeof expression !== 'object' || expression === null) return expression;
  const entries = Object.entries(expression);
  const [[name, argument] = ['', undefined]] = entries;
  const intrinsic = entries.length === 1 ? INTRINSICS[name] : undefined;
  if (intrinsic) return intrinsic(argument, scope);
  return Object.fromEntries(entries.map(([key, value]) => [key, evaluate(value, scope)]));
}

type Intrinsic = (argument: unknown, scope: Scope) => unknown;

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, scope) => reference(String(name), scope),
  'Fn::GetAtt': (argument, scope) => {
    const [id = '', ...attribute] = Array.isArray(argument)
      ? argument.map(String)
      : String(argument).split('.');
    return attributeOf(id, attribute.join('.'), scope);
  },
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = evaluate(argument, scope) as [string, unknown[]];
    return parts.join(separator);
  },
  'Fn::Select': (argument, scope) => {
    const [index, list] = evaluate(argument, scope) as [number | string, unknown[]];
    return list[Number(index)];
  },
  'Fn::Split': (argument, scope) => {
    const [separator, text] = evaluate(argument, scope) as [string, string];
    return String(text).split(separator);
  },
  'Fn::Sub': (argument, scope) => {
    const [text, values] = (Array.isArray(argument) ? argument : [argument, {}]) as [string, object];
    const known = evaluate(values, scope) as Record<string, unknown>;
    return text.replace(/\$\{([^!}][^}]*)\}/g, (_, name: string) => {
      if (Object.hasOwn(known, name)) return String(known[name]);
      return String(evaluate(name.includes('.') ? { 'Fn::GetAtt': name } : { Ref: name }, scope));
    });
  },
  'Fn::FindInMap': (argument, scope) => {
    const [map, first, second] = evaluate(argument, scope) as [string, string, string];
    return scope.template.Mappings?.[map]?.[first]?.[second];
  },
  'Fn::GetStackOutput': (argument, scope) => {
    const value = evaluate(argument, scope) as Record<string, string>;
    return scope.outputOf(
      value['StackName'] ?? '',
      value['OutputName'] ?? '',
      value['Region'] ?? scope.region,
    );
  },
};

function reference(name: string, scope: Scope): unknown {
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': scope.account,
    'AWS::Region': scope.region,
    'AWS::Partition': 'aws',
    'AWS::StackName': scope.stackName,
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackId': `arn:aws:cloudformation:${scope.region}:${scope.account}:stack/${scope.stackName}/double`,
  };
  return pseudo[name] ?? scope.parameters[name] ?? scope.physicalId(name);
}

/** An attribute in its form: ARNs, hosts and ids, which readers of outputs check. */
function attributeOf(id: string, attribute: string, scope: Scope): string {
  const type = scope.template.Resources[id]?.Type ?? '';
  const physical = scope.physicalId(id);
  const unique = hashOf(physical).slice(0, 12);
  if (type === 'AWS::EKS::Cluster' && attribute === 'CertificateAuthorityData') return 'LS0tLS1CRUdJTg==';
  if (/Arn$/.test(attribute)) {
    const service = type.split('::')[1]?.toLowerCase() ?? 'service';
    return physical.startsWith('arn:')
      ? physical
      : `arn:aws:${service}:${scope.region}:${scope.account}:${physical}`;
  }
  if (/Endpoint|DNSName|DomainName/i.test(attribute)) return `${unique}.${scope.region}.example.internal`;
  if (/GroupId$|SecurityGroup/.test(attribute)) return `sg-${unique}`;
  return `${attribute.toLowerCase()}-${unique}`;
}
