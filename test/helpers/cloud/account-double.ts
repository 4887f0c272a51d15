import '../fake-aws/errors-of-node';
import { type Answer, FaultServer, type ReceivedRequest } from '../fault-server';
import { Contract } from './contract/contract';
import { type XmlValue, xmlOf } from './xml';

/** What the account has. A test changes it before it asks. */
export interface AccountState {
  /** Account of the credentials. */
  account: string;
  arn: string;
  /** Versions of the bootstrap stack by region. */
  readonly bootstrap: Map<string, string>;
  /** Statuses of stacks by name. */
  readonly stacks: Map<string, string>;
  /** Ids of a stack's resources by type. */
  readonly resources: { readonly type: string; readonly id: string }[];
  readonly logGroups: string[];
  readonly repositories: string[];
  readonly loadBalancers: string[];
  /** Roles that exist. */
  readonly roles: string[];
  /** Actions that IAM refuses. */
  readonly refused: string[];
  /** Ids of zones by name. */
  readonly zones: Map<string, string>;
  vpcs: number;
  /** Quotas by code. */
  readonly quotas: Map<string, number>;
  concurrency: { limit: number; unreserved: number };
  prefixList: string;
}

const SERVICE_LINKED = ['AmazonEKS', 'ElastiCache', 'ElasticLoadBalancing', 'RDS'];

function healthyAccount(): AccountState {
  return {
    account: '444444444444',
    arn: 'arn:aws:iam::444444444444:user/me',
    bootstrap: new Map([['us-east-1', '30']]),
    stacks: new Map(),
    resources: [],
    logGroups: [],
    repositories: [],
    loadBalancers: [],
    roles: SERVICE_LINKED.map((name) => `AWSServiceRoleFor${name}`),
    refused: [],
    zones: new Map(
      ['a', 'b', 'c', 'd'].map((zone, index) => [`us-east-1${zone}`, `use1-az${[1, 2, 4, 3][index]}`]),
    ),
    vpcs: 1,
    quotas: new Map([
      ['L-F678F1CE', 5],
      ['L-0263D0A3', 5],
      ['L-1216C47A', 32],
    ]),
    concurrency: { limit: 1000, unreserved: 1000 },
    prefixList: 'pl-3b927c52',
  };
}

type Serve = (
  state: AccountState,
  call: {
    readonly action: string;
    readonly region: string;
    readonly request: ReceivedRequest;
    readonly form: URLSearchParams;
  },
) => Answer;

/**
 * The calls of an account that the doctor makes, in the protocols of AWS's public API models: query, EC2's variant of it,
 * JSON 1.1 and REST with JSON. A request says in its signature which service and region it is for.
 */
export class AccountDouble {
  /** Holds every request and answer to the public API models; `close` fails where one breaks them. */
  private readonly contract = new Contract();
  readonly server = new FaultServer(this.contract.checked((request) => this.answer(request)));
  state = healthyAccount();

  /** A healthy account again, without faults. */
  reset(): void {
    this.state = healthyAccount();
    this.server.reset();
  }

  async close(): Promise<void> {
    await this.server.close();
    this.contract.verify();
  }

  private answer(request: ReceivedRequest): Answer {
    const [, region = '', service = ''] =
      /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\/aws4_request/.exec(request.headers.authorization ?? '') ?? [];
    const form = new URLSearchParams(request.body.toString());
    const target = request.headers['x-amz-target'];
    const action =
      typeof target === 'string' ? (target.split('.')[1] ?? '') : (form.get('Action') ?? request.path);
    const serve = SERVICES[service];
    return serve
      ? serve(this.state, { action, region, request, form })
      : jsonRefusal(400, 'UnknownService', service);
  }
}

function json(status: number, value: object): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(value) };
}

function jsonRefusal(status: number, code: string, message: string): Answer {
  const answer = json(status, { __type: code, message });
  return { ...answer, headers: { ...answer.headers, 'x-amzn-errortype': code } };
}

function query(action: string, value: XmlValue): Answer {
  const body = `<${action}Response><${action}Result>${xmlOf(value)}</${action}Result></${action}Response>`;
  return { status: 200, headers: { 'content-type': 'text/xml' }, body };
}

/** A refusal of the query protocol. */
export function queryRefusal(status: number, code: string, message: string): Answer {
  const error = xmlOf({ Type: 'Sender', Code: code, Message: message });
  return {
    status,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse><Error>${error}</Error><RequestId>1</RequestId></ErrorResponse>`,
  };
}

function ec2(action: string, value: XmlValue): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<${action}Response>${xmlOf(value, 'item')}</${action}Response>`,
  };
}

function members(form: URLSearchParams, name: string): string[] {
  return [...form].filter(([key]) => key.startsWith(`${name}.member.`)).map(([, value]) => value);
}

function bodyOf(request: ReceivedRequest): Record<string, string> {
  return JSON.parse(request.body.toString()) as Record<string, string>;
}

const SERVICES: Readonly<Record<string, Serve>> = {
  sts: ({ account, arn }, { action }) => query(action, { Account: account, Arn: arn, UserId: 'AIDAEXAMPLE' }),
  iam: ({ refused, roles }, { action, form }) => {
    if (action === 'GetRole') {
      const name = form.get('RoleName') ?? '';
      if (!roles.includes(name))
        return queryRefusal(404, 'NoSuchEntity', `The role with name ${name} cannot be found.`);
      const CreateDate = new Date(0);
      const Arn = `arn:aws:iam::1:role/${name}`;
      return query(action, {
        Role: { RoleName: name, RoleId: 'AROAEXAMPLE', Arn, Path: '/', CreateDate },
      });
    }
    const results = members(form, 'ActionNames').flatMap((name) =>
      members(form, 'ResourceArns').map((resource) => ({
        EvalActionName: name,
        EvalResourceName: resource,
        EvalDecision: refused.includes(name) ? 'implicitDeny' : 'allowed',
      })),
    );
    return query(action, { EvaluationResults: results, IsTruncated: false });
  },
  cloudformation: ({ resources, stacks }, { action, form }) => {
    const name = form.get('StackName') ?? '';
    const status = stacks.get(name);
    if (status === undefined)
      return queryRefusal(400, 'ValidationError', `Stack with id ${name} does not exist`);
    if (action === 'ListStackResources') {
      return query(action, {
        StackResourceSummaries: resources.map(({ id, type }) => ({
          LogicalResourceId: 'Resource',
          PhysicalResourceId: id,
          ResourceType: type,
          LastUpdatedTimestamp: new Date(0),
          ResourceStatus: 'CREATE_COMPLETE',
        })),
      });
    }
    return query(action, {
      Stacks: [
        { StackName: name, StackId: `arn:stack/${name}`, CreationTime: new Date(0), StackStatus: status },
      ],
    });
  },
  ssm: ({ bootstrap }, { region, request }) => {
    const version = bootstrap.get(region);
    const { Name } = bodyOf(request);
    if (version === undefined) return jsonRefusal(400, 'ParameterNotFound', `no ${Name}`);
    return json(200, { Parameter: { Name, Type: 'String', Value: version, Version: 1 } });
  },
  ec2: (state, { action }) => {
    switch (action) {
      case 'DescribeAvailabilityZones': {
        const info = [...state.zones].map(([zoneName, zoneId]) => ({
          zoneName,
          zoneId,
          zoneState: 'available',
        }));
        return ec2(action, { availabilityZoneInfo: info });
      }
      case 'DescribeVpcs':
        return ec2(action, {
          vpcSet: Array.from({ length: state.vpcs }, (_, index) => ({ vpcId: `vpc-${index}` })),
        });
      case 'DescribeAddresses':
        return ec2(action, { addressesSet: [{ publicIp: '198.51.100.1' }] });
      case 'DescribeInstances':
        return ec2(action, { reservationSet: [] });
      default:
        return ec2(action, { prefixListSet: [{ prefixListId: state.prefixList }] });
    }
  },
  servicequotas: ({ quotas }, { request }) => {
    const { QuotaCode = '' } = bodyOf(request);
    const value = quotas.get(QuotaCode);
    if (value === undefined) return jsonRefusal(400, 'NoSuchResourceException', 'no such quota');
    return json(200, { Quota: { QuotaCode, Value: value } });
  },
  lambda: ({ concurrency: { limit, unreserved } }, { request }) => {
    if (!request.path.includes('/account-settings'))
      return jsonRefusal(404, 'ResourceNotFoundException', 'no function');
    return json(200, {
      AccountLimit: { ConcurrentExecutions: limit, UnreservedConcurrentExecutions: unreserved },
    });
  },
  elasticloadbalancing: ({ loadBalancers }, { action, form }) => {
    const [name = ''] = members(form, 'Names');
    if (action === 'DescribeTargetGroups') {
      return queryRefusal(400, 'TargetGroupNotFound', 'One or more target groups not found');
    }
    if (!loadBalancers.includes(name))
      return queryRefusal(400, 'LoadBalancerNotFound', `Load balancers '[${name}]' not found`);
    return query(action, { LoadBalancers: [{ LoadBalancerName: name }] });
  },
  route53: () => queryRefusal(404, 'NoSuchHostedZone', 'No hosted zone found with the ID'),
  eks: () => jsonRefusal(404, 'ResourceNotFoundException', 'No cluster found'),
  logs: ({ logGroups }) => json(200, { logGroups: logGroups.map((logGroupName) => ({ logGroupName })) }),
  ecr: ({ repositories }, { action, request }) => {
    const [name = ''] = (bodyOf(request)['repositoryNames'] as unknown as string[] | undefined) ?? [];
    if (action === 'DescribeRepositories' && repositories.includes(name)) {
      return json(200, { repositories: [{ repositoryName: name }] });
    }
    return jsonRefusal(
      400,
      'RepositoryNotFoundException',
      `The repository with name '${name}' does not exist`,
    );
  },
};
