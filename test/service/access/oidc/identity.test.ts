import { createHmac, createSign, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { AlbIdentity } from '../../../../service/access/oidc/alb-identity';
import { type PeopleRule, rightsOf } from '../../../../service/access/oidc/people-rules';
import { actorOf, personOf } from '../../../../service/access/oidc/person';
import { returnPathOf } from '../../../../service/access/oidc/return-path';
import { verifyIdToken } from '../../../../service/access/oidc/verify-id-token';

const ISSUER = 'https://id.example.com';
const NOW = new Date('2026-03-01T12:00:00Z');
const SECOND = NOW.getTime() / 1000;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const part = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

describe('an ID token', () => {
  const CLAIMS = { iss: ISSUER, aud: 'client', sub: 'ann', nonce: 'n', iat: SECOND, exp: SECOND + 300 };

  const signed = (claims: object, header: object = { alg: 'RS256' }, key: KeyObject = rsa.privateKey) => {
    const text = `${part(header)}.${part(claims)}`;
    return `${text}.${createSign('sha256').update(text).sign({ key, dsaEncoding: 'ieee-p1363' }, 'base64url')}`;
  };
  const withSecret = (secret: string) => {
    const text = `${part({ alg: 'HS256' })}.${part(CLAIMS)}`;
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
  const check = (token: string) =>
    verifyIdToken(token, {
      ...{ issuer: ISSUER, clientId: 'client', nonce: 'n', now: NOW },
      key: async () => rsa.publicKey,
    });
  const without = (name: string) => ({ ...CLAIMS, [name]: undefined });

  test.each([
    ['as it should be', CLAIMS],
    ['for several clients, given to us', { ...CLAIMS, aud: ['client', 'other'], azp: 'client' }],
    ['that a clock 59 s behind reads', { ...CLAIMS, iat: SECOND + 59 }],
    ['that a clock 59 s ahead reads', { ...CLAIMS, exp: SECOND - 59 }],
  ])('%s is taken', async (_, claims) => {
    expect(await check(signed(claims))).toMatchObject({ sub: 'ann' });
  });

  test.each<[string, string]>([
    ['of another issuer', signed({ ...CLAIMS, iss: `${ISSUER}/` })],
    ['for another client', signed({ ...CLAIMS, aud: 'other' })],
    ['for several clients, given to another', signed({ ...CLAIMS, aud: ['client', 'other'], azp: 'other' })],
    ['for several clients, given to nobody', signed({ ...CLAIMS, aud: ['client', 'other'] })],
    ['of another log-in', signed({ ...CLAIMS, nonce: 'm' })],
    ['that is over', signed({ ...CLAIMS, exp: SECOND - 61 })],
    ['that is not valid yet', signed({ ...CLAIMS, nbf: SECOND + 61 })],
    ['of six minutes ago', signed({ ...CLAIMS, iat: SECOND - 361 })],
    ['of the future', signed({ ...CLAIMS, iat: SECOND + 61 })],
    ...['nonce', 'exp', 'iat', 'sub', 'aud', 'iss'].map((name): [string, string] => [
      `without ${name}`,
      signed(without(name)),
    ]),
    ['without a signature', `${part({ alg: 'none' })}.${part(CLAIMS)}.`],
    [
      'signed with the public key as a secret',
      withSecret(String(rsa.publicKey.export({ type: 'spki', format: 'pem' }))),
    ],
    ['signed with the secret of the client', withSecret('secret')],
    [
      'signed with another key',
      signed(CLAIMS, { alg: 'RS256' }, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
    ],
    [
      'with other claims than the signed ones',
      signed(CLAIMS).replace(/\.[^.]+\./, `.${part({ ...CLAIMS, sub: 'bob' })}.`),
    ],
    ['with a critical extension', signed(CLAIMS, { alg: 'RS256', crit: ['x'], x: 1 })],
    ['that is none', 'token'],
  ])('%s is refused', async (_, token) => {
    await expect(check(token)).rejects.toMatchObject({ name: 'LoginError', code: 'login_failed' });
  });
});

describe('what a load balancer says', () => {
  const ARN = 'arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/alb/0123456789abcdef';
  const KID = randomUUID();
  const HEADER = { alg: 'ES256', kid: KID, signer: ARN, iss: ISSUER, client: 'client', exp: SECOND + 120 };
  const CLAIMS = { sub: 'ann', email: 'ann@example.com', email_verified: 'true', groups: 'finops' };
  const people = { issuer: ISSUER, rules: [rule({ value: 'finops' })] };

  const identity = new AlbIdentity({
    ...{ people, loadBalancerArn: ARN, clientId: 'client', groupsClaim: 'groups', now: () => NOW },
    keys: { find: async (id) => (id === KID ? ec.publicKey : undefined) },
  });

  /** With padding, as load balancers write their parts. */
  const padded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64');
  const proof = (
    header: object,
    claims: object = CLAIMS,
    dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363',
  ) => {
    const text = `${padded(header)}.${padded(claims)}`;
    const signature = createSign('sha256').update(text).sign({ key: ec.privateKey, dsaEncoding });
    return `${text}.${signature.toString('base64')}`;
  };

  test.each([
    ['with padding', proof(HEADER)],
    ['up to 30 s after its time', proof({ ...HEADER, exp: SECOND - 29 })],
  ])('is taken %s', async (_, text) => {
    expect(text).toContain('=');
    expect(await identity.verify(text)).toEqual({
      ...{ issuer: ISSUER, subject: 'ann', email: 'ann@example.com', groups: ['finops'] },
    });
  });

  test.each([
    ['another load balancer', proof({ ...HEADER, signer: `${ARN}0` })],
    ['another client', proof({ ...HEADER, client: 'other' })],
    ['another issuer', proof({ ...HEADER, iss: `${ISSUER}.evil.example` })],
    ['31 s after its time', proof({ ...HEADER, exp: SECOND - 31 })],
    ['no expiry', proof({ ...HEADER, exp: undefined })],
    ['another algorithm', proof({ ...HEADER, alg: 'none' })],
    ['an unknown key', proof({ ...HEADER, kid: randomUUID() })],
    ['a signature in another form', proof(HEADER, CLAIMS, 'der')],
    [
      'other claims than the signed ones',
      proof(HEADER).replace(/\.[^.]+\./, `.${padded({ ...CLAIMS, sub: 'bob' })}.`),
    ],
    [
      'another expiry than the signed one',
      proof(HEADER).replace(/^[^.]+/, padded({ ...HEADER, exp: SECOND + 9999 })),
    ],
    ['no subject', proof(HEADER, { ...CLAIMS, sub: undefined })],
    ['claims that are a list', proof(HEADER, ['ann'])],
    ['two parts', proof(HEADER).split('.').slice(0, 2).join('.')],
    ['more than 16 KiB', proof(HEADER, { ...CLAIMS, more: 'x'.repeat(16_384) })],
    ['no text', ''],
  ])('is refused with %s', async (_, text) => {
    expect(await identity.verify(text)).toBeUndefined();
  });

  test('is refused whatever a byte of it is changed to', async () => {
    const text = proof(HEADER);
    // The last characters of a part may differ only in bits that base64 drops.
    const places = [...text]
      .flatMap((letter, place) => (/[A-Za-z0-9]/.test(letter) ? [place] : []))
      .slice(0, -3);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...places),
        fc.constantFrom('A', 'b', '7', '-'),
        async (place, letter) => {
          fc.pre(text[place] !== letter);
          const changed = `${text.slice(0, place)}${letter}${text.slice(place + 1)}`;
          expect(await identity.verify(changed)).toBeUndefined();
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the rights of a person', () => {
  const ann = { issuer: ISSUER, subject: 'ann', email: 'ann@example.com', groups: ['finops', 'team'] };

  test.each<[string, readonly PeopleRule[], unknown]>([
    ['a group', [rule({})], { projectId: null, roles: new Set(['read']) }],
    [
      'an address in any case',
      [rule({ claim: 'email', value: 'ANN@example.com' })],
      { projectId: null, roles: new Set(['read']) },
    ],
    ['a subject', [rule({ claim: 'subject', value: 'ann' })], { projectId: null, roles: new Set(['read']) }],
    [
      'two rules together',
      [rule({}), rule({ value: 'team', roles: ['admin'] })],
      { projectId: null, roles: new Set(['read', 'admin']) },
    ],
    ['a project', [rule({ projectId: 'p' })], { projectId: 'p', roles: new Set(['read']) }],
    [
      'the organisation before a project',
      [rule({ projectId: 'p', roles: ['admin'] }), rule({ value: 'team' })],
      { projectId: null, roles: new Set(['read']) },
    ],
    [
      'the first of two projects',
      [rule({ projectId: 'p' }), rule({ projectId: 'q', roles: ['admin'] })],
      { projectId: 'p', roles: new Set(['read']) },
    ],
    ['nothing that fits', [rule({ value: 'other' }), rule({ claim: 'subject', value: 'ANN' })], undefined],
  ])('follow from %s', (_, rules, rights) => {
    expect(rightsOf(ann, { issuer: ISSUER, rules })).toEqual(rights);
    expect(rightsOf({ ...ann, issuer: 'https://evil.example' }, { issuer: ISSUER, rules })).toBeUndefined();
  });

  test.each<[object, string | null]>([
    [{ email: 'Ann@Example.com', email_verified: true }, 'ann@example.com'],
    [{ email: 'ann@example.com', email_verified: 'true' }, 'ann@example.com'],
    [{ email: 'ann@example.com', email_verified: false }, null],
    [{ email: 'ann@example.com' }, null],
    [{ email: 'ann@evil (x)@example.com', email_verified: true }, null],
    [{ email: ['ann@example.com'], email_verified: true }, null],
  ])('need an address that the provider has verified: %j', (claims, email) => {
    const props = { issuer: ISSUER, groupsClaim: 'groups', knownGroups: new Set<string>() };
    const person = personOf({ sub: 'ann', ...claims }, props);
    expect(person?.email).toBe(email);
    expect(actorOf(person as NonNullable<typeof person>)).toBe(
      email === null ? 'person:ann' : `person:ann (${email})`,
    );
  });
});

describe('the path after a log-in', () => {
  test.each(['/', '/costs?from=2026-01-01&to=2026-02-01#day', '/a/b', '/%2f%2fevil.example'])(
    '%s is taken',
    (path) => {
      expect(returnPathOf(path)).toBe(path);
    },
  );

  test('never leads to another origin', () => {
    const strange = fc.string({
      unit: fc.constantFrom('/', '\\', '.', ':', '@', '?', '#', '\t', '\n', ' ', '%', 'a', 'é'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(strange, (text) => {
        const path = returnPathOf(`/${text}`);
        fc.pre(path !== undefined);
        expect(new URL(String(path), 'https://app.example.com').origin).toBe('https://app.example.com');
        expect(path).not.toMatch(/^\/[/\\]/);
      }),
    );
  });
});

function rule(changes: Partial<PeopleRule>): PeopleRule {
  return { claim: 'group', value: 'finops', roles: ['read'], projectId: null, ...changes };
}
