import { type Answer, FaultServer, type ReceivedRequest } from '../fault-server';
import { CloudFormationDouble } from './cloud-formation';
import { Contract } from './contract/contract';
import { type ServiceAnswer, SMALL_SERVICES, type SmallCloud } from './small-services';
import { StackError } from './stack-engine';
import { type XmlValue, xmlOf } from './xml';

export interface CloudDoubleProps {
  /** @default '111111111111' */
  readonly account?: string;
  /** @default the real clock */
  readonly now?: () => Date;
}

/** A version of the bootstrap stack that today's CDK accepts. */
const BOOTSTRAP_VERSION = '30';

/**
 * What `cdk deploy` and the commands need of AWS, on one address of this machine: CloudFormation, S3, STS, SSM and a
 * few reads of other services. A request says in its signature which service and which region it is for.
 */
export class CloudDouble {
  /** Holds every request and answer to the public API models; `close` fails where one breaks them. */
  private readonly contract = new Contract();
  readonly server = new FaultServer(this.contract.checked((request) => this.answer(request)));
  readonly cloudFormation: CloudFormationDouble;
  readonly cloud: SmallCloud;
  /** Objects by `bucket/key`. */
  readonly objects = new Map<string, Buffer>();

  static async start(props: CloudDoubleProps = {}): Promise<CloudDouble> {
    const double = new CloudDouble(props);
    await double.server.listen();
    return double;
  }

  private constructor({ account = '111111111111', now = () => new Date() }: CloudDoubleProps) {
    this.cloud = {
      account,
      callerArn: `arn:aws:iam::${account}:user/me`,
      bootstrapVersion: BOOTSTRAP_VERSION,
      secrets: new Map(),
      clusters: new Map(),
      logGroups: [],
    };
    this.cloudFormation = new CloudFormationDouble({ account, now }, (url) => this.templateAt(url));
  }

  /** Environment of a process that talks to this double instead of AWS. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.server.url,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'a-secret',
      AWS_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  /** A refusal of every request of an action, until the server is reset. */
  refuse(action: string, code: string, message: string, status = 400): void {
    const answer = queryError(status, code, message);
    this.server.failWhere((request) => actionOf(request) === action, { kind: 'answer', answer });
  }

  /** Forgets stacks, objects, faults and settings. */
  reset(): void {
    const { engine } = this.cloudFormation;
    engine.stacks.length = 0;
    engine.failures.clear();
    engine.held.clear();
    this.objects.clear();
    this.server.reset();
    this.cloud.bootstrapVersion = BOOTSTRAP_VERSION;
    this.cloud.callerArn = `arn:aws:iam::${this.cloud.account}:user/me`;
    this.cloud.secrets.clear();
    this.cloud.clusters.clear();
    this.cloud.logGroups.length = 0;
  }

  async close(): Promise<void> {
    await this.server.close();
    this.contract.verify();
  }

  private answer(request: ReceivedRequest): Answer {
    const [, region = 'us-east-1', service = ''] =
      /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\/aws4_request/.exec(request.headers.authorization ?? '') ?? [];
    if (service === 's3') return this.s3(request);
    if (service === 'cloudformation') return this.query(request, region);
    const serve = SMALL_SERVICES[service];
    if (!serve) return json(400, { __type: 'UnknownService', message: `the double has no ${service}` });
    return answerOf(serve(this.cloud, { request, region, action: actionOf(request) }), actionOf(request));
  }

  private query(request: ReceivedRequest, region: string): Answer {
    const form = new URLSearchParams(request.body.toString());
    const action = form.get('Action') ?? '';
    try {
      return queryAnswer(action, this.cloudFormation.answer(action, form, region));
    } catch (error) {
      if (error instanceof StackError) return queryError(400, error.code, error.message);
      return queryError(400, 'ValidationError', (error as Error).message);
    }
  }

  private s3({ method, path, query, body }: ReceivedRequest): Answer {
    const [bucket = '', ...rest] = decodeURIComponent(path).slice(1).split('/');
    const key = `${bucket}/${rest.join('/')}`;
    const xml = (text: string): Answer => ({
      status: 200,
      headers: { 'content-type': 'application/xml' },
      body: text,
    });
    if (method === 'PUT') {
      this.objects.set(key, body);
      return { status: 200, headers: { etag: '"1"' } };
    }
    if (query.has('location'))
      return xml('<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>');
    if (query.has('list-type')) {
      const found = [...this.objects.keys()].filter((one) =>
        one.startsWith(`${bucket}/${query.get('prefix') ?? ''}`),
      );
      const contents = found.map(
        (one) => `<Contents><Key>${one.slice(bucket.length + 1)}</Key><Size>1</Size></Contents>`,
      );
      return xml(
        `<ListBucketResult><KeyCount>${found.length}</KeyCount>${contents.join('')}</ListBucketResult>`,
      );
    }
    if (method === 'GET' && rest.length > 0) {
      const found = this.objects.get(key);
      if (found) return { status: 200, body: found };
    }
    const error = '<Error><Code>NoSuchKey</Code><Message>no such thing</Message></Error>';
    return { status: 404, headers: { 'content-type': 'application/xml' }, body: error };
  }

  private templateAt(url: string): string {
    const { pathname, hostname } = new URL(url);
    const [bucket = ''] = hostname.split('.');
    const key =
      hostname.startsWith('s3.') || /^\d/.test(hostname) ? pathname.slice(1) : `${bucket}${pathname}`;
    const found = this.objects.get(key);
    if (found) return found.toString();
    throw new StackError('ValidationError', `S3 error: The specified key does not exist: ${key}`);
  }
}

function actionOf({ headers, body }: ReceivedRequest): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.split('.')[1] ?? '';
  return new URLSearchParams(body.toString()).get('Action') ?? '';
}

function answerOf(answer: ServiceAnswer, action: string): Answer {
  if (answer.protocol === 'query') return queryAnswer(action, answer.value);
  return json(answer.status ?? 200, answer.value);
}

function queryAnswer(action: string, value: XmlValue): Answer {
  const body = `<${action}Response><${action}Result>${xmlOf(value)}</${action}Result></${action}Response>`;
  return { status: 200, headers: { 'content-type': 'text/xml' }, body };
}

function queryError(status: number, code: string, message: string): Answer {
  const error = xmlOf({ Type: 'Sender', Code: code, Message: message });
  const body = `<ErrorResponse><Error>${error}</Error><RequestId>1</RequestId></ErrorResponse>`;
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

function json(status: number, value: object): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(value) };
}
