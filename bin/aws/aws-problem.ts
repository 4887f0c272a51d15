import type { CallErrorKind } from '../../service/shared/call-error';
import { UsageError } from '../cli/command';

/** What was asked of AWS when a call failed. */
export interface AttemptedCall {
  /** IAM action, such as `cloudformation:DescribeStacks`. */
  readonly action: string;
  /** AWS region that was asked. */
  readonly region: string;
  /** What the call is about, such as the name of a stack. @default - nothing in particular */
  readonly target?: string;
}

/** A call of AWS that failed, as a sentence that names the remedy; `cause` is the error of the SDK. */
export class AwsProblem extends UsageError {
  constructor(
    readonly kind: CallErrorKind,
    /** Error code of the service, such as `ValidationError`. */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Sentences by the SDK's error name; the first that matches name and message counts. */
const SENTENCES: readonly {
  readonly name: RegExp;
  readonly message?: RegExp;
  readonly say: (call: AttemptedCall) => string;
}[] = [
  {
    name: /Credential|TokenProvider/,
    message: /sso/i,
    say: () => 'the single sign-on session is missing or over; run: aws sso login, with your --profile',
  },
  {
    name: /Credential|TokenProvider/,
    say: () =>
      'no AWS credentials were found; set AWS_PROFILE to a profile of ~/.aws/config, run aws configure, or set ' +
      'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  },
  {
    name: /ExpiredToken|RequestExpired|TokenRefreshRequired/,
    say: () => 'the AWS credentials have expired; log in again (aws sso login, or new session credentials)',
  },
  {
    name: /Signature|TooSkewed/,
    message: /expired|skew|not yet current|difference between/i,
    say: () => 'AWS refuses the time of the request; set the clock of this machine',
  },
  {
    name: /Signature/,
    say: () => 'AWS refuses the signature; the secret access key does not belong to the access key',
  },
  {
    name: /OptInRequired|RegionDisabled|InvalidClientTokenId|UnrecognizedClient|AuthFailure|InvalidAccessKeyId/,
    say: ({ region }) =>
      `AWS does not accept the access key in ${region}; either the key is wrong or deleted, or the region is not ` +
      `enabled in the account (aws account enable-region --region-name ${region})`,
  },
];

/** The policy that refused, as the messages of AWS name it. */
const REFUSING_POLICY = /(because no [\w -]+ policy allows|with an explicit deny in an? [\w -]+ policy)/;

/** Turns an error of a call into a sentence with a remedy. */
export function awsProblem(call: AttemptedCall, kind: CallErrorKind, error: unknown): AwsProblem {
  const { name = 'Error', message = String(error) } = error as Partial<Error>;
  const [firstLine = ''] = message.split('\n');
  const target = call.target === undefined ? '' : ` of ${call.target}`;
  const known = SENTENCES.find((one) => one.name.test(name) && (one.message?.test(message) ?? true));
  const reason = known?.say(call) ?? reasonOf(call, kind, `${name}: ${firstLine}`);
  return new AwsProblem(kind, name, `${call.action}${target} in ${call.region}: ${reason}`, { cause: error });
}

function reasonOf({ action, region }: AttemptedCall, kind: CallErrorKind, detail: string): string {
  switch (kind) {
    case 'forbidden': {
      const [policy] = REFUSING_POLICY.exec(detail) ?? [];
      return `access denied${policy ? `, ${policy}` : ''}; the role or user needs ${action} (${detail})`;
    }
    case 'throttled':
      return `AWS throttles the account, and did so at every attempt; wait a minute and run it again (${detail})`;
    case 'timeout':
    case 'connection':
      return `AWS cannot be reached; check the network, the proxy and the region ${region} (${detail})`;
    case 'certificate':
      return `the certificate is not AWS's; a proxy that opens TLS needs NODE_EXTRA_CA_CERTS (${detail})`;
    case 'server':
      return `AWS failed at every attempt; see https://health.aws.amazon.com and run it again (${detail})`;
    default:
      return detail;
  }
}

/** Whether an error says that the thing asked for does not exist. */
export function isMissing(error: unknown): boolean {
  if (!(error instanceof AwsProblem)) return false;
  // CloudFormation answers ValidationError, "Stack with id … does not exist".
  return error.kind === 'not-found' || /does not exist|not found/i.test(error.message);
}
