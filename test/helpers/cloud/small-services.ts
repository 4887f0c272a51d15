import type { ReceivedRequest } from '../fault-server';
import type { XmlValue } from './xml';

/** What the double keeps besides stacks and objects. */
export interface SmallCloud {
  readonly account: string;
  /** ARN of the caller. */
  callerArn: string;
  /** Version of the bootstrap stack in every region; undefined: not bootstrapped. */
  bootstrapVersion: string | undefined;
  /** Texts of secrets by ARN; the text of `*` is that of all others. */
  readonly secrets: Map<string, string>;
  /** EKS clusters by name. */
  readonly clusters: Map<string, { readonly endpoint: string; readonly certificateAuthority: string }>;
  /** Log groups that outlive their stack. */
  readonly logGroups: { readonly name: string; readonly storedBytes: number }[];
}

interface ServiceRequest {
  readonly request: ReceivedRequest;
  readonly region: string;
  readonly action: string;
}

export type ServiceAnswer =
  | { readonly protocol: 'query'; readonly value: XmlValue }
  | { readonly protocol: 'json'; readonly status?: number; readonly value: object };

type Service = (cloud: SmallCloud, request: ServiceRequest) => ServiceAnswer;

function refusal(status: number, type: string, message: string): ServiceAnswer {
  return { protocol: 'json', status, value: { __type: type, message } };
}

/** Services by the name in the signature. */
export const SMALL_SERVICES: Readonly<Record<string, Service>> = {
  sts: ({ account, callerArn }, { action, request }) => {
    if (action === 'GetCallerIdentity') {
      return {
        protocol: 'query',
        value: { Arn: callerArn, UserId: 'AIDAEXAMPLE', Account: account },
      };
    }
    const role = new URLSearchParams(request.body.toString()).get('RoleArn') ?? '';
    return {
      protocol: 'query',
      value: {
        Credentials: {
          AccessKeyId: 'ASIAEXAMPLE',
          SecretAccessKey: 'a-session-secret',
          SessionToken: 'a-session',
          Expiration: '2099-01-01T00:00:00Z',
        },
        AssumedRoleUser: { AssumedRoleId: 'AROAEXAMPLE:me', Arn: `${role}/me` },
      },
    };
  },
  ssm: ({ bootstrapVersion }, { request }) => {
    const { Name } = JSON.parse(request.body.toString()) as { Name: string };
    if (bootstrapVersion === undefined) return refusal(400, 'ParameterNotFound', `no ${Name}`);
    return {
      protocol: 'json',
      value: { Parameter: { Name, Type: 'String', Value: bootstrapVersion, Version: 1 } },
    };
  },
  secretsmanager: ({ secrets }, { request }) => {
    const { SecretId } = JSON.parse(request.body.toString()) as { SecretId: string };
    const text = secrets.get(SecretId) ?? secrets.get('*');
    if (text === undefined) return refusal(400, 'ResourceNotFoundException', 'no such secret');
    return { protocol: 'json', value: { ARN: SecretId, Name: SecretId, SecretString: text, VersionId: '1' } };
  },
  eks: ({ clusters, account }, { request, region }) => {
    const [, name = ''] = /^\/clusters\/([^/]+)$/.exec(request.path) ?? [];
    const cluster = clusters.get(name);
    if (!cluster) return refusal(404, 'ResourceNotFoundException', `No cluster found for name: ${name}.`);
    return {
      protocol: 'json',
      value: {
        cluster: {
          name,
          arn: `arn:aws:eks:${region}:${account}:cluster/${name}`,
          endpoint: cluster.endpoint,
          certificateAuthority: { data: Buffer.from(cluster.certificateAuthority).toString('base64') },
          status: 'ACTIVE',
        },
      },
    };
  },
  logs: ({ logGroups }, { request }) => {
    const { logGroupNamePrefix = '' } = JSON.parse(request.body.toString()) as {
      logGroupNamePrefix?: string;
    };
    const found = logGroups.filter(({ name }) => name.startsWith(logGroupNamePrefix));
    return {
      protocol: 'json',
      value: { logGroups: found.map(({ name, storedBytes }) => ({ logGroupName: name, storedBytes })) },
    };
  },
};
