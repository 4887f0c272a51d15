import { hkdfSync, randomBytes } from 'node:crypto';
import { EncryptJWT, jwtDecrypt } from 'jose';
import { z } from 'zod';

/** Time in which a person logs in at the provider, seconds. */
export const LOGIN_SECONDS = 600;

/** A log-in under way. The browser keeps it in a cookie, encrypted, so that any pod can go on with it. */
export interface LoginTicket {
  /** Ties the callback to the browser that began (RFC 6749, section 10.12). */
  readonly state: string;
  /** Ties the ID token to the log-in. */
  readonly nonce: string;
  /** Secret of PKCE (RFC 7636): only who began can exchange the code. */
  readonly verifier: string;
  /** Path where the browser goes after the log-in. */
  readonly returnTo: string;
}

const ticketSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
});

/** A new log-in. */
export function newTicket(returnTo: string): LoginTicket {
  const secret = () => randomBytes(32).toString('base64url');
  return { state: secret(), nonce: secret(), verifier: secret(), returnTo };
}

/** Encrypts a ticket, which is valid for ten minutes. */
export function sealTicket(ticket: LoginTicket, clientSecret: string, now: Date): Promise<string> {
  const second = Math.floor(now.getTime() / 1000);
  return new EncryptJWT({ ...ticket })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .setExpirationTime(second + LOGIN_SECONDS)
    .encrypt(keyOf(clientSecret));
}

/** Decrypts a ticket; undefined for one that is over, or that somebody else made. */
export async function openTicket(
  sealed: string,
  clientSecret: string,
  now: Date,
): Promise<LoginTicket | undefined> {
  try {
    const { payload } = await jwtDecrypt(sealed, keyOf(clientSecret), {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
      requiredClaims: ['exp'],
      currentDate: now,
    });
    return ticketSchema.safeParse(payload).data;
  } catch {
    return undefined;
  }
}

/** All pods know the client's secret; the key that follows from it is used for nothing else. */
function keyOf(clientSecret: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', clientSecret, '', 'llm-cost-ops log-in ticket', 32));
}
