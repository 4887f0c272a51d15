import '../../helpers/fake-aws/errors-of-node';
import { STSClient } from '@aws-sdk/client-sts';
import { AwsProblem, isMissing } from '../../../bin/aws/aws-problem';
import { AwsSession, type AwsSessionProps } from '../../../bin/aws/aws-session';
import { principalArnOf, readCaller, refuseOtherAccount } from '../../../bin/aws/caller';
import { Contract } from '../../helpers/cloud/contract/contract';
import { type Answer, FaultServer } from '../../helpers/fault-server';

const IDENTITY: Answer = {
  status: 200,
  headers: { 'content-type': 'text/xml' },
  body:
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
    '<Arn>arn:aws:sts::111111111111:assumed-role/Admin/me</Arn><UserId>AROA:me</UserId><Account>111111111111</Account>' +
    '</GetCallerIdentityResult></GetCallerIdentityResponse>',
};

function refusal(status: number, code: string, message: string): Answer {
  return {
    status,
    headers: { 'content-type': 'text/xml' },
    body:
      '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>' +
      `<Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
  };
}

const contract = new Contract();
const sts = new FaultServer(contract.checked(() => IDENTITY));

beforeAll(() => sts.listen());
afterEach(() => sts.reset());
afterAll(async () => {
  await sts.close();
  contract.verify();
});

const sessions: AwsSession[] = [];
afterEach(() => {
  for (const session of sessions.splice(0)) session.close();
});

function session(props: AwsSessionProps = {}): AwsSession {
  const made = new AwsSession({
    client: {
      endpoint: sts.url,
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a-secret' },
    },
    waiting: { sleep: async () => undefined, random: () => 0, elapsedMs: () => 0 },
    ...props,
  });
  sessions.push(made);
  return made;
}

async function problemOf(promise: Promise<unknown>): Promise<AwsProblem> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof AwsProblem) return error;
  throw new Error(`no AwsProblem: ${error}`);
}

it('says whose credentials these are, and how IAM names the caller', async () => {
  expect(await readCaller(session(), 'eu-central-1')).toEqual({
    account: '111111111111',
    arn: 'arn:aws:sts::111111111111:assumed-role/Admin/me',
    principalArn: 'arn:aws:iam::111111111111:role/Admin',
  });
  expect(sts.requests[0]?.headers.authorization).toContain('/eu-central-1/sts/');
});

it('keeps the ARN of a user as it is', () => {
  expect(principalArnOf('arn:aws:iam::1:user/me')).toBe('arn:aws:iam::1:user/me');
});

it('makes one client for a service and a region', () => {
  const aws = session();
  expect(aws.client(STSClient, 'eu-central-1')).toBe(aws.client(STSClient, 'eu-central-1'));
  expect(aws.client(STSClient, 'eu-central-1')).not.toBe(aws.client(STSClient, 'us-east-1'));
});

it('tries again when AWS throttles, and gives up after five attempts', async () => {
  const throttled = refusal(400, 'Throttling', 'Rate exceeded');
  sts.failNext({ kind: 'answer', answer: throttled }, 4);
  expect(await readCaller(session(), 'eu-central-1')).toMatchObject({ account: '111111111111' });
  expect(sts.requests).toHaveLength(5);
  sts.failNext({ kind: 'answer', answer: throttled }, 5);
  const problem = await problemOf(readCaller(session(), 'eu-central-1'));
  expect(problem).toMatchObject({ kind: 'throttled', code: 'Throttling' });
  expect(problem.message).toMatch(/^sts:GetCallerIdentity in eu-central-1: AWS throttles .*wait a minute/);
});

it.each([
  [
    refusal(403, 'ExpiredToken', 'The security token included in the request is expired'),
    'have expired; log in again',
  ],
  [
    refusal(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.'),
    'or the region is not enabled in the account (aws account enable-region --region-name eu-central-1)',
  ],
  [
    refusal(403, 'SignatureDoesNotMatch', 'Signature expired: 20260101T000000Z is now earlier than …'),
    'set the clock of this machine',
  ],
  [
    refusal(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match'),
    'the secret access key does not belong to the access key',
  ],
  [
    refusal(
      403,
      'AccessDenied',
      'User: arn:aws:iam::1:user/me is not authorized to perform: sts:GetCallerIdentity with an explicit deny in a ' +
        'service control policy',
    ),
    'access denied, with an explicit deny in a service control policy; the role or user needs sts:GetCallerIdentity',
  ],
  [refusal(400, 'ValidationError', 'Something is wrong'), 'ValidationError: Something is wrong'],
])('turns a refusal into a sentence with its remedy, without asking again', async (answer, sentence) => {
  sts.failNext({ kind: 'answer', answer });
  const problem = await problemOf(readCaller(session(), 'eu-central-1'));
  expect(problem.message).toContain(sentence);
  expect(sts.requests).toHaveLength(1);
});

it.each([
  ['CredentialsProviderError', 'Could not load credentials from any providers', 'set AWS_PROFILE'],
  ['CredentialsProviderError', 'The SSO session associated with this profile has expired.', 'aws sso login'],
])('names the way to credentials where there are none (%s: %s)', async (name, message, remedy) => {
  const credentials = () => Promise.reject(Object.assign(new Error(message), { name }));
  const aws = session({ client: { endpoint: sts.url, credentials: credentials as never } });
  expect((await problemOf(readCaller(aws, 'eu-central-1'))).message).toContain(remedy);
  expect((await problemOf(aws.credentials(STSClient, 'eu-central-1'))).message).toContain(remedy);
  expect(sts.requests).toHaveLength(0);
});

it('says that AWS cannot be reached', async () => {
  sts.failNext({ kind: 'drop' }, 5);
  const problem = await problemOf(readCaller(session(), 'eu-central-1'));
  expect(problem.message).toContain('AWS cannot be reached; check the network');
});

it('ends with the reason of its signal, and asks no more', async () => {
  const controller = new AbortController();
  sts.failNext({ kind: 'hang' });
  const calling = readCaller(session({ signal: controller.signal, waiting: undefined }), 'eu-central-1');
  setImmediate(() => controller.abort(new Error('Ctrl-C')));
  await expect(calling).rejects.toThrow('Ctrl-C');
  expect(sts.requests.length).toBeLessThanOrEqual(1);
});

it('gives the credentials that clients sign with', async () => {
  expect(await session().credentials(STSClient, 'eu-central-1')).toMatchObject({
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'a-secret',
  });
});

it('refuses the credentials of another account', () => {
  const caller = { account: '111111111111', arn: 'arn:me', principalArn: 'arn:me' };
  expect(() => refuseOtherAccount(caller, 'dev', '111111111111')).not.toThrow();
  expect(() => refuseOtherAccount(caller, 'dev', '222222222222')).toThrow(
    'the credentials belong to account 111111111111 (arn:me), and dev.account is 222222222222; set AWS_PROFILE',
  );
});

it('knows answers that say that a thing is missing', () => {
  const missing = new AwsProblem(
    'invalid',
    'ValidationError',
    'ValidationError: Stack with id x does not exist',
  );
  expect(isMissing(missing)).toBe(true);
  expect(isMissing(new AwsProblem('invalid', 'ValidationError', 'something else'))).toBe(false);
  expect(isMissing(new Error('does not exist'))).toBe(false);
});
