import { createHash, createHmac } from 'node:crypto';

/** What a service that checks IAM tokens knows. */
export interface TokenCheck {
  readonly token: string;
  /** Host that the token has to be signed for. */
  readonly host: string;
  readonly user: string;
  readonly region: string;
  /** Secret access keys by their ids. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly now: Date;
}

/**
 * Why ElastiCache would refuse a token; undefined where it would not. The signature is computed again by the steps of
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
 */
export function refusal({ token, host, user, region, secrets, now }: TokenCheck): string | undefined {
  const url = new URL(`https://${token}`);
  if (!token.startsWith(`${host}/?`)) return `the token is for ${url.host}`;
  const query = Object.fromEntries(url.searchParams);
  if (query['Action'] !== 'connect' || query['User'] !== user) return `the token is for ${query['User']}`;
  const [keyId = '', day = '', ...scope] = String(query['X-Amz-Credential']).split('/');
  if (scope.join('/') !== `${region}/elasticache/aws4_request`) return `the scope is ${scope.join('/')}`;
  const time = String(query['X-Amz-Date']);
  const age = now.getTime() - Date.parse(time.replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5'));
  if (query['X-Amz-Expires'] !== '900' || age < 0 || age >= 900_000) return `the token is ${age} ms old`;
  const signed = signature({ url, host, time, day, region, secret: secrets[keyId] ?? '' });
  return signed === query['X-Amz-Signature'] ? undefined : 'the signature is wrong';
}

interface Signed {
  readonly url: URL;
  readonly host: string;
  readonly time: string;
  readonly day: string;
  readonly region: string;
  readonly secret: string;
}

function signature({ url, host, time, day, region, secret }: Signed): string {
  const pairs = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort();
  const request = ['GET', '/', pairs.join('&'), `host:${host}\n`, 'host', sha256('')].join('\n');
  const scope = `${day}/${region}/elasticache/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n');
  const key = [day, region, 'elasticache', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return hmac(key, text).toString('hex');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
