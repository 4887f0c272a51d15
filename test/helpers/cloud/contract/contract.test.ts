import type { Answer, ReceivedRequest } from '../../fault-server';
import { Contract, contractProblems } from './contract';

function request(service: string, changes: Partial<ReceivedRequest> & { text?: string }): ReceivedRequest {
  const { text = '', headers, ...rest } = changes;
  return {
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    hasClientCertificate: false,
    body: Buffer.from(text),
    ...rest,
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=A/20261101/us-east-1/${service}/aws4_request`,
      ...headers,
    },
  };
}

const form = (text: string) => request('cloudformation', { text: `Version=2010-05-15&${text}` });
const json = (service: string, target: string, value: object) =>
  request(service, { text: JSON.stringify(value), headers: { 'x-amz-target': `Service.${target}` } });
const ok = (body: string | object): Answer => ({
  status: 200,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const stacks = (stack: string) =>
  ok(
    `<DescribeStacksResponse><DescribeStacksResult><Stacks><member>${stack}</member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  );
const STACK =
  '<StackName>a</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>';
const DESCRIBE = form('Action=DescribeStacks&StackName=a');
const PARAMETER = { Parameter: { Name: 'a', Type: 'String', Value: '1', Version: 1 } };
const GET_PARAMETER = json('ssm', 'GetParameter', { Name: 'a' });
const get = (service: string, path: string, query = '') =>
  request(service, { method: 'GET', path, query: new URLSearchParams(query) });

test.each<[string, ReceivedRequest, Answer]>([
  ['a query', DESCRIBE, stacks(STACK)],
  [
    'an empty list of a query',
    form('Action=CreateChangeSet&StackName=a&ChangeSetName=b&Tags='),
    ok('<CreateChangeSetResponse><CreateChangeSetResult/></CreateChangeSetResponse>'),
  ],
  ['JSON', GET_PARAMETER, ok(PARAMETER)],
  ['REST with JSON', get('eks', '/clusters/one'), ok({ cluster: { name: 'one' } })],
  ['REST with XML', get('s3', '/bucket/key', 'x-id=GetObject'), ok('anything')],
  [
    'EC2',
    request('ec2', { text: 'Action=DescribeVpcs&Filter.1.Name=a&Filter.1.Value.1=b' }),
    ok('<DescribeVpcsResponse><vpcSet><item><vpcId>v</vpcId></item></vpcSet></DescribeVpcsResponse>'),
  ],
  ['an error of the model', GET_PARAMETER, { status: 400, body: '{"__type":"ParameterNotFound"}' }],
  [
    'an error that every service has',
    GET_PARAMETER,
    { status: 400, body: '{"__type":"ThrottlingException"}' },
  ],
])('finds nothing against %s', (_, received, answer) => {
  expect(contractProblems(received, answer)).toEqual([]);
});

test.each<[string, ReceivedRequest, Answer, string]>([
  ['an unknown operation', form('Action=DescribeStax'), stacks(STACK), 'has no operation'],
  [
    'an unknown member of a request',
    form('Action=DescribeStacks&Stack=a'),
    stacks(STACK),
    'request.Stack is not in the model',
  ],
  [
    'a missing member of a request',
    form('Action=CreateChangeSet&StackName=a'),
    stacks(STACK),
    'request.ChangeSetName is required',
  ],
  [
    'another type in a form',
    form('Action=UpdateTerminationProtection&StackName=a&EnableTerminationProtection=yes'),
    stacks(STACK),
    'request.EnableTerminationProtection is no boolean',
  ],
  [
    'a list without numbers',
    form('Action=CreateChangeSet&StackName=a&ChangeSetName=b&Tags.Key=c'),
    stacks(STACK),
    'request.Tags is no list',
  ],
  [
    'an unknown member of an answer',
    DESCRIBE,
    stacks(`${STACK}<Colour>red</Colour>`),
    'answer.Stacks[0].Colour is not in the model of Stack',
  ],
  [
    'a missing member of an answer',
    DESCRIBE,
    stacks('<StackName>a</StackName><StackStatus>b</StackStatus>'),
    'answer.Stacks[0].CreationTime is required by Stack',
  ],
  [
    'an answer to something else',
    DESCRIBE,
    ok('<ListStacksResponse/>'),
    'the answer is no DescribeStacksResponse',
  ],
  [
    'another type in JSON',
    GET_PARAMETER,
    ok({ Parameter: { ...PARAMETER.Parameter, Version: '1' } }),
    'answer.Parameter.Version is no number',
  ],
  [
    'an unknown parameter of a REST request',
    get('eks', '/clusters/one', 'colour=red'),
    ok({}),
    'request?colour is not in the model',
  ],
  ['an unknown path', get('lambda', '/functions'), ok({}), 'has no operation for GET /functions'],
  [
    'an unknown error',
    GET_PARAMETER,
    { status: 400, body: '{"__type":"ParameterIsBlue"}' },
    'the model has no error ParameterIsBlue',
  ],
  [
    'an error of another service',
    DESCRIBE,
    { status: 404, body: '<ErrorResponse><Error><Code>NoSuchBucket</Code></Error></ErrorResponse>' },
    'the model has no error NoSuchBucket',
  ],
])('finds %s', (_, received, answer, problem) => {
  expect(contractProblems(received, answer).join()).toContain(problem);
});

it('says what is wrong instead of the answer, and fails at the end', () => {
  const contract = new Contract();
  const answer = contract.checked(() => ok({ Parameter: { Colour: 'red' } }))(GET_PARAMETER);
  expect(answer.status).toBe(400);
  expect(answer.body).toContain('answer.Parameter.Colour is not in the model of Parameter');
  expect(() => contract.verify()).toThrow('ssm:GetParameter: answer.Parameter.Colour');
  expect(() => new Contract().verify()).not.toThrow();
});
