import { type Shape, shapeOf, type Traits, traitsOf } from './shapes';

export type Protocol = 'query' | 'ec2' | 'json' | 'rest-json' | 'rest-xml';

export interface Operation {
  readonly name: string;
  readonly traits: Traits;
  readonly input: Shape;
  readonly output: Shape;
}

/** A service's public API model. */
export interface ServiceModel {
  readonly protocol: Protocol;
  readonly operations: ReadonlyMap<string, Operation>;
  /** Codes of errors that the model has, as they are sent. */
  readonly errors: ReadonlySet<string>;
}

/** Packages and protocols by the service's name in a signature. */
const SERVICES: Readonly<Record<string, readonly [string, Protocol]>> = {
  acm: ['acm', 'json'],
  cloudformation: ['cloudformation', 'query'],
  codebuild: ['codebuild', 'json'],
  ec2: ['ec2', 'ec2'],
  ecr: ['ecr', 'json'],
  eks: ['eks', 'rest-json'],
  elasticloadbalancing: ['elastic-load-balancing-v2', 'query'],
  iam: ['iam', 'query'],
  lambda: ['lambda', 'rest-json'],
  logs: ['cloudwatch-logs', 'json'],
  route53: ['route-53', 'rest-xml'],
  s3: ['s3', 'rest-xml'],
  secretsmanager: ['secrets-manager', 'json'],
  servicequotas: ['service-quotas', 'json'],
  ssm: ['ssm', 'json'],
  sts: ['sts', 'query'],
};

/**
 * Errors that every service may answer ("Common errors" of the API references), which the models leave out, and
 * CloudFormation's ValidationError, which it answers for a stack that does not exist.
 */
const COMMON_ERRORS = [
  ...['AccessDenied', 'AccessDeniedException', 'ExpiredToken', 'ExpiredTokenException', 'InternalFailure'],
  ...['InternalError', 'InvalidAction', 'InvalidClientTokenId', 'OptInRequired', 'RequestExpired'],
  ...['RequestLimitExceeded', 'ServiceUnavailable', 'SignatureDoesNotMatch', 'SlowDown', 'Throttling'],
  ...['ThrottlingException', 'UnauthorizedOperation', 'UnrecognizedClientException', 'ValidationError'],
  'ValidationException',
];

const models = new Map<string, ServiceModel>();

/** @returns undefined for a service without a pinned client */
export function serviceModel(service: string): ServiceModel | undefined {
  const known = models.get(service);
  const [client, protocol] = SERVICES[service] ?? [];
  if (known || client === undefined || protocol === undefined) return known;
  const model = readModel(Object.values(require(`@aws-sdk/client-${client}`) as object), protocol);
  models.set(service, model);
  return model;
}

function readModel(exported: readonly unknown[], protocol: Protocol): ServiceModel {
  const schemas = exported.filter((one) => Array.isArray(one)) as readonly (readonly unknown[])[];
  const operations = schemas
    .filter(([type]) => type === 9)
    .map(([, , name, traits, input, output]): [string, Operation] => [
      String(name),
      {
        name: String(name),
        traits: traitsOf(traits),
        get input() {
          return shapeOf(input);
        },
        get output() {
          return shapeOf(output);
        },
      },
    ]);
  const errors = schemas
    .filter(([type]) => type === -3)
    .map(([, , name, traits]) => {
      const [code] = (traitsOf(traits)['awsQueryError'] as readonly string[] | undefined) ?? [];
      return code ?? String(name);
    });
  return { protocol, operations: new Map(operations), errors: new Set([...COMMON_ERRORS, ...errors]) };
}
