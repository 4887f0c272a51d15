import { createHash, createHmac } from 'node:crypto';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { type Answer, FaultServer, type ReceivedRequest } from './fault-server';

/** A call as Bedrock understands it. */
export interface BedrockRequest {
  /** Path as it came over the wire. */
  readonly path: string;
  /** The model's name, decoded. */
  readonly model: string;
  readonly operation: string;
  readonly headers: ReceivedRequest['headers'];
  readonly body: Buffer;
}

export const BEDROCK_CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'a-secret',
  sessionToken: 'a-token',
};
export const BEDROCK_REGION = 'eu-central-1';

/** Longest difference between the signature's time and the server's, ms. */
const MAX_SKEW_MS = 300_000;

/**
 * Amazon Bedrock's runtime on loopback: it checks signatures by its own computation, and answers what a test gives it,
 * streams as AWS event streams.
 */
export class FakeBedrock {
  readonly calls: BedrockRequest[] = [];
  readonly server = new FaultServer((request) => this.serve(request));
  private next: Answer = { status: 200, body: '{}' };

  constructor(private readonly now: () => Date) {}

  /** What the next calls get. */
  answer(answer: Answer): void {
    this.next = answer;
  }

  /** Serves a stream of messages; `exception` in the place of an event's type is an exception. */
  stream(messages: readonly (readonly [type: string, body: unknown, kind?: string])[]): void {
    const body = Buffer.concat(messages.map(([type, value, kind]) => eventMessage(type, value, kind)));
    this.answer({
      status: 200,
      headers: { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'req-1' },
      body,
    });
  }

  private serve(request: ReceivedRequest): Answer {
    const problem = signatureProblem(request, this.now());
    if (problem !== undefined) {
      const headers = { 'x-amzn-errortype': 'InvalidSignatureException:http://internal.amazon.com/coral/' };
      return { status: 403, headers, body: JSON.stringify({ message: problem }) };
    }
    const { path, headers, body } = request;
    const [, model = '', operation = ''] = /^\/model\/([^/]+)\/([a-z-]+)$/.exec(path) ?? [];
    if (operation === '')
      return { status: 404, body: JSON.stringify({ message: `no operation at ${path}` }) };
    this.calls.push({ path, model: decodeURIComponent(model), operation, headers, body });
    return this.next;
  }
}

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text),
);

/** A message of an AWS event stream. */
export function eventMessage(type: string, value: unknown, kind = 'event'): Buffer {
  const header = (text: string) => ({ type: 'string' as const, value: text });
  const headers = {
    ':message-type': header(kind),
    ...(kind === 'error' ? { ':error-code': header(type), ':error-message': header(String(value)) } : {}),
    ...(kind === 'error' ? {} : { [`:${kind}-type`]: header(type) }),
    ':content-type': header('application/json'),
  };
  return Buffer.from(
    codec.encode({ headers, body: Buffer.from(kind === 'error' ? '' : JSON.stringify(value)) }),
  );
}

/** An event of Anthropic's stream as InvokeModelWithResponseStream sends it. */
export function anthropicChunk(event: unknown): readonly [string, unknown] {
  return ['chunk', { bytes: Buffer.from(JSON.stringify(event)).toString('base64'), p: 'abcdefgh' }];
}

/**
 * Why a request's signature is wrong; undefined where it is right. Computed as
 * docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html describes it, without the signer
 * that the service uses.
 */
function signatureProblem({ method, path, headers, body }: ReceivedRequest, now: Date): string | undefined {
  const form = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const [, credential = '', names = '', signature] = form.exec(headers.authorization ?? '') ?? [];
  const [id, day = '', region = '', service = ''] = credential.split('/');
  const time = String(headers['x-amz-date']);
  const signedAt = Date.parse(
    time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  );
  if (id !== BEDROCK_CREDENTIALS.accessKeyId) return `unknown key ${id}`;
  if (region !== BEDROCK_REGION || service !== 'bedrock') return `signed for ${region} and ${service}`;
  if (!(Math.abs(now.getTime() - signedAt) <= MAX_SKEW_MS)) return `signed at ${time}`;
  if (headers['x-amz-security-token'] !== BEDROCK_CREDENTIALS.sessionToken) return 'no session token';
  if (!['host', 'x-amz-date', 'x-amz-security-token'].every((name) => names.split(';').includes(name))) {
    return `too few signed headers: ${names}`;
  }
  const canonicalHeaders = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const canonicalPath = path.split('/').map(encodeURIComponent).join('/');
  const request = [method, canonicalPath, '', canonicalHeaders.join(''), names, sha256(body)].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(Buffer.from(request))].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer | string>(
    hmac,
    `AWS4${BEDROCK_CREDENTIALS.secretAccessKey}`,
  );
  return hmac(key, text).toString('hex') === signature ? undefined : 'the signature does not match';
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
