import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { LoginError } from './oidc-error';

export interface IdTokenChecks {
  readonly issuer: string;
  readonly clientId: string;
  readonly nonce: string;
  /** Finds the provider's key. */
  readonly key: JWTVerifyGetKey;
  readonly now: Date;
}

/** Signatures with the provider's private key. `none` and secrets that both sides know are not among them. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'];

/** How far the clocks may differ, seconds. */
const SKEW_SECONDS = 60;

/** Longest time since a token was made, seconds: it comes from the provider at that moment. */
const MAX_AGE_SECONDS = 300;

/**
 * Verifies an ID token (OpenID Connect Core, section 3.1.3.7).
 * @returns its claims
 * @throws LoginError where the token is not valid, OidcUnavailableError where the keys cannot be read
 */
export async function verifyIdToken(token: string, checks: IdTokenChecks): Promise<JWTPayload> {
  const { issuer, clientId, nonce, key, now } = checks;
  try {
    const { payload } = await jwtVerify(token, key, {
      ...{ issuer, audience: clientId, algorithms: ALGORITHMS, currentDate: now },
      clockTolerance: SKEW_SECONDS,
      maxTokenAge: MAX_AGE_SECONDS,
      requiredClaims: ['exp', 'iat', 'sub', 'nonce'],
    });
    if (payload['nonce'] !== nonce) throw new errors.JWTClaimValidationFailed('unexpected "nonce"', payload);
    checkParty(payload, clientId);
    return payload;
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    const reason = `the ID token is not valid: ${error.code}, ${error.message}`;
    throw new LoginError('login_failed', 'The provider sends a log-in that is not valid.', reason, {
      cause: error,
    });
  }
}

/** A token for several clients, or for another one, says whom it was given to. */
function checkParty(payload: JWTPayload, clientId: string): void {
  const { aud, azp } = payload;
  const isOwn = azp === undefined ? !Array.isArray(aud) || aud.length === 1 : azp === clientId;
  if (!isOwn) throw new errors.JWTClaimValidationFailed('unexpected "azp"', payload, 'azp');
}
