import { verify } from 'node:crypto';
import { z } from 'zod';
import type { AlbPublicKeys } from './alb-public-keys';
import { jsonOf } from './discovery';
import { groupsOf, type PeopleRules } from './people-rules';
import { type Person, personOf } from './person';

/** Header in which a load balancer that has logged a person in says who it is, signed. */
export const ALB_IDENTITY_HEADER = 'x-amzn-oidc-data';

export interface AlbIdentityProps {
  readonly people: PeopleRules;
  /** Load balancer whose signature counts: any account can make one that signs claims of its own. */
  readonly loadBalancerArn: string;
  readonly clientId: string;
  /** Claim that lists groups. */
  readonly groupsClaim: string;
  readonly keys: Pick<AlbPublicKeys, 'find'>;
  readonly now: () => Date;
}

/** How far the clocks may differ, seconds; the load balancer signs for two minutes. */
const SKEW_SECONDS = 30;

/** Longest proof, characters: the load balancer adds claims of at most 11 KB. */
const MOST_CHARACTERS = 16_384;

/** What the load balancer signs beside the claims. */
const headerSchema = z.object({
  alg: z.literal('ES256'),
  kid: z.string(),
  signer: z.string(),
  iss: z.string(),
  client: z.string(),
  exp: z.number(),
});

/**
 * Verifies again what the load balancer says about a person: whoever reaches a pod in another way could say anything.
 * The proof is a JWT whose parts have padding, which libraries for JWTs refuse, and whose issuer, client and expiry are in
 * its header (AWS, "Authenticate users using an Application Load Balancer").
 */
export class AlbIdentity {
  constructor(private readonly props: AlbIdentityProps) {}

  /**
   * The person of a proof; undefined where it is not valid.
   * @throws OidcUnavailableError where the signature cannot be checked, because the key cannot be read
   */
  async verify(proof: string): Promise<Person | undefined> {
    const parts = proof.length > MOST_CHARACTERS ? [] : proof.split('.');
    const [head = '', body = '', signature = ''] = parts;
    if (parts.length !== 3 || !parts.every((part) => /^[\w+/-]+={0,2}$/.test(part))) return undefined;
    const header = headerSchema.safeParse(jsonOf(decode(head).toString('utf8'))).data;
    if (header === undefined || !this.isOurs(header)) return undefined;
    const key = await this.props.keys.find(header.kid);
    if (key === undefined) return undefined;
    const signed = Buffer.from(`${head}.${body}`);
    // 64 bytes: r and s one after the other, not DER (RFC 7518, section 3.4).
    if (!verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, decode(signature))) return undefined;
    return this.personOf(jsonOf(decode(body).toString('utf8')));
  }

  private isOurs({ client, exp, iss, signer }: z.infer<typeof headerSchema>): boolean {
    const { clientId, loadBalancerArn, now, people } = this.props;
    const isFresh = exp + SKEW_SECONDS > now().getTime() / 1000;
    return signer === loadBalancerArn && iss === people.issuer && client === clientId && isFresh;
  }

  private personOf(claims: unknown): Person | undefined {
    if (typeof claims !== 'object' || claims === null) return undefined;
    const { groupsClaim, people } = this.props;
    const props = { issuer: people.issuer, groupsClaim, knownGroups: groupsOf(people) };
    return personOf(claims as Readonly<Record<string, unknown>>, props);
  }
}

/** base64url, with or without padding. */
function decode(part: string): Buffer {
  return Buffer.from(part, 'base64url');
}
