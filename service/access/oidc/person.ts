/** A person whom an identity provider has vouched for. */
export interface Person {
  /** Address of the provider, as in its tokens. */
  readonly issuer: string;
  /** Claim `sub`: unique at the issuer, and never given to another person. */
  readonly subject: string;
  /** E-mail address in lower case; null unless the provider says that it has verified the address. */
  readonly email: string | null;
  /** Groups of the person. */
  readonly groups: readonly string[];
}

/** How claims are read. */
export interface ClaimProps {
  readonly issuer: string;
  /** Claim that lists the person's groups, such as `groups` or `cognito:groups`. */
  readonly groupsClaim: string;
  /** Groups that matter; the others are left out, so that a person's list is short. */
  readonly knownGroups: ReadonlySet<string>;
}

/** OpenID Connect Core, section 2: a subject has at most 255 ASCII characters. */
const SUBJECT = /^[\x20-\x7e]{1,255}$/;

const EMAIL = /^[^\s@()]{1,64}@[^\s@()]{1,255}$/;

/** The person of verified claims; undefined where they name no subject. */
export function personOf(
  claims: Readonly<Record<string, unknown>>,
  { issuer, groupsClaim, knownGroups }: ClaimProps,
): Person | undefined {
  const { sub, email } = claims;
  if (typeof sub !== 'string' || !SUBJECT.test(sub)) return undefined;
  const isVerified = claims['email_verified'] === true || claims['email_verified'] === 'true';
  return {
    issuer,
    subject: sub,
    email: isVerified && typeof email === 'string' && EMAIL.test(email) ? email.toLowerCase() : null,
    groups: [...new Set(textsOf(claims[groupsClaim]))].filter((group) => knownGroups.has(group)),
  };
}

/** Under what name a person's changes are audited. */
export function actorOf({ subject, email }: Pick<Person, 'subject' | 'email'>): string {
  return email === null ? `person:${subject}` : `person:${subject} (${email})`;
}

/** A claim with one group may be a text instead of a list. */
function textsOf(claim: unknown): string[] {
  return (Array.isArray(claim) ? claim : [claim]).filter((entry) => typeof entry === 'string');
}
