import type { ConnectionSettings } from '../../../service/database/connect';
import { iamToken } from '../../../service/database/iam-token';
import { RDS_TLS } from '../../../service/database/rds-tls';
import { DATABASE_ENVIRONMENT as NAMES } from '../constants';
import { type Environment, required, requiredInteger } from './environment';

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
