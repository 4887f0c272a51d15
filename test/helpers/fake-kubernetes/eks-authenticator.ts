import { createHash, createHmac } from 'node:crypto';

/** Who may log in, and where. */
export interface EksLogIn {
  readonly clusterName: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** @default none */
  readonly sessionToken?: string;
}

/**
 * Checks a log-in token as EKS and STS do together: the form of the URL, its signature (computed here after the
 * documentation of Signature Version 4, not with the library that signed), its age.
 * @param nowMs ms since 1970
 * @returns what is wrong; undefined: nothing
 */
export function eksTokenProblem(token: string, logIn: EksLogIn, nowMs: number): string | undefined {
  const [, encoded] = /^k8s-aws-v1\.([A-Za-z0-9_-]+)$/.exec(token) ?? [];
  if (encoded === undefined) return 'not k8s-aws-v1. and base64url without padding';
  const url = new URL(Buffer.from(encoded, 'base64url').toString());
  if (url.protocol !== 'https:' || url.pathname !== '/') return 'not https, or not the root';
  if (url.hostname !== `sts.${logIn.region}.amazonaws.com`) return `another host: ${url.hostname}`;
  const value = (name: string) => url.searchParams.get(name) ?? '';
  if (value('Action') !== 'GetCallerIdentity' || value('Version') !== '2011-06-15') return 'another request';
  if (value('X-Amz-SignedHeaders') !== 'host;x-k8s-aws-id') return 'the cluster is not signed';
  if (Number(value('X-Amz-Expires')) > 900) return 'good for too long';
  if (value('X-Amz-Security-Token') !== (logIn.sessionToken ?? '')) return 'another session';
  const age = nowMs - dateOf(value('X-Amz-Date'));
  if (!(age >= -60_000 && age < 15 * 60_000)) return `${age} ms old`;
  return value('X-Amz-Signature') === signatureOf(url, logIn) ? undefined : 'the signature is wrong';
}

function dateOf(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function signatureOf(url: URL, { clusterName, region, accessKeyId, secretAccessKey }: EksLogIn): string {
  const date = url.searchParams.get('X-Amz-Date') ?? '';
  const day = date.slice(0, 8);
  const scope = `${day}/${region}/sts/aws4_request`;
  if (url.searchParams.get('X-Amz-Credential') !== `${accessKeyId}/${scope}`) return 'another scope';
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join('&');
  const canonical = [
    ...['GET', '/', query, `host:${url.hostname}`, `x-k8s-aws-id:${clusterName}`, ''],
    ...['host;x-k8s-aws-id', sha256('')],
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = [day, region, 'sts', 'aws4_request'].reduce<string | Buffer>(
    (last, part) => createHmac('sha256', last).update(part).digest(),
    `AWS4${secretAccessKey}`,
  );
  return createHmac('sha256', key).update(toSign).digest('hex');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
