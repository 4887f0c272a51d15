import { type Environment, requireVariables } from '../../shared/environment';
import { ENVIRONMENT } from '../constants';
import { eksToken } from './eks-token';
import type { KubernetesConnection } from './kubernetes-api';

/** Credentials of the function's role; Lambda sets these variables. */
const CREDENTIALS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const;

/**
 * Connection of a Lambda function to its EKS cluster, logged in with its role.
 * @param now current time, ms since 1970-01-01 UTC
 * @throws {RangeError} names the missing environment variables
 */
export function eksConnection(environment: Environment, now: () => number): KubernetesConnection {
  const { clusterName, clusterEndpoint, clusterCertificate } = ENVIRONMENT;
  const names = [clusterName, clusterEndpoint, clusterCertificate, 'AWS_REGION'] as const;
  const values = requireVariables(environment, names);
  const token = eksToken({
    clusterName: values[clusterName],
    region: values.AWS_REGION,
    now,
    credentials: async () => {
      const own = requireVariables(environment, CREDENTIALS);
      return {
        accessKeyId: own.AWS_ACCESS_KEY_ID,
        secretAccessKey: own.AWS_SECRET_ACCESS_KEY,
        sessionToken: own.AWS_SESSION_TOKEN,
      };
    },
  });
  return {
    endpoint: values[clusterEndpoint],
    certificateAuthority: Buffer.from(values[clusterCertificate], 'base64').toString('utf8'),
    logIn: { token },
  };
}
