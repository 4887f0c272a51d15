import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '../../../shared/sha256';
import type { SigningCredentials } from '../../../shared/signed-token';

/** A request to sign. */
export interface UnsignedRequest {
  readonly origin: string;
  /** As it goes over the wire, without a query. */
  readonly path: string;
  /** Names in lower case; all of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly region: string;
  readonly credentials: SigningCredentials;
}

/**
 * The headers of a request with Signature Version 4 for Bedrock.
 *
 * Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export async function signedHeaders(request: UnsignedRequest, now: Date): Promise<Record<string, string>> {
  const { origin, path, headers, body, region, credentials } = request;
  const url = new URL(origin);
  const signer = new SignatureV4({ service: 'bedrock', region, credentials, sha256: Sha256 });
  const signed = await signer.sign(
    {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path,
      query: {},
      headers: { ...headers, host: url.host },
      body,
    },
    { signingDate: now },
  );
  return signed.headers;
}
