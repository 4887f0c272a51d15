import { readFileSync } from 'node:fs';
import type { KubernetesConnection } from '../../lambda/predictive-scaler/hpa/kubernetes-api';
import { KubernetesHpaClient } from '../../lambda/predictive-scaler/hpa/kubernetes-hpa-client';
import type { AwsClientProps } from '../../service/shared/aws-call';
import { UsageError } from '../cli/command';
import { readKubeconfig } from './kubeconfig/kubeconfig';
import { chooseKubeconfigs } from './kubeconfig/kubeconfig-files';
import type { KubernetesOptions } from './options';

/** What a connection takes from the machine. */
export interface Machine {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder of the user. */
  readonly home: string;
  /** The time, ms since 1970. */
  readonly now: () => number;
  /** How CloudWatch is reached. @default - as the AWS SDK finds region, credentials and endpoint */
  readonly cloudWatch?: AwsClientProps;
}

/** A cluster after the log-in. */
export interface ConnectedCluster {
  readonly hpaClient: KubernetesHpaClient;
  /** Address of its Kubernetes API. */
  readonly endpoint: string;
}

/**
 * Connects to a cluster and logs in, so that a program that logs in has failed before anything is measured.
 * @throws UsageError on a kubeconfig, a log-in, a file or an address that cannot be used
 */
export async function connect(options: KubernetesOptions, machine: Machine): Promise<ConnectedCluster> {
  const connection = connectionOf(options, machine);
  const { logIn } = connection;
  if ('credential' in logIn) await logIn.credential();
  try {
    return { hpaClient: new KubernetesHpaClient(connection), endpoint: connection.endpoint };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UsageError(`the Kubernetes API: ${cause.message}`, { cause });
  }
}

function connectionOf(options: KubernetesOptions, { environment, home, now }: Machine): KubernetesConnection {
  if ('server' in options) {
    const token = readText('token-file', options.tokenFile).trim();
    return {
      endpoint: options.server,
      certificateAuthority: readText('ca', options.ca),
      logIn: { token: async () => token },
    };
  }
  const { kubeconfig, context } = options;
  return readKubeconfig(chooseKubeconfigs(kubeconfig, environment, home), { context, environment, now });
}

/** @throws UsageError naming the option */
export function readText(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`--${option} must be a file that can be read (${(cause as Error).message})`, {
      cause,
    });
  }
}
