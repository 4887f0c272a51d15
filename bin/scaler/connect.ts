import { readFileSync } from 'node:fs';
import { KubeconfigError, readKubeconfig } from '../../lambda/predictive-scaler/hpa/kubeconfig';
import type { KubernetesConnection } from '../../lambda/predictive-scaler/hpa/kubernetes-api';
import { KubernetesHpaClient } from '../../lambda/predictive-scaler/hpa/kubernetes-hpa-client';
import { UsageError } from '../cli/command';
import type { KubernetesOptions } from './options';

/** @throws UsageError on a kubeconfig, a file or an address that cannot be used */
export function connect(options: KubernetesOptions): KubernetesHpaClient {
  const connection = connectionOf(options);
  try {
    return new KubernetesHpaClient(connection);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UsageError(`the Kubernetes API: ${cause.message}`, { cause });
  }
}

function connectionOf(options: KubernetesOptions): KubernetesConnection {
  if ('server' in options) {
    const token = readText('token-file', options.tokenFile).trim();
    return {
      endpoint: options.server,
      certificateAuthority: readText('ca', options.ca),
      logIn: { token: async () => token },
    };
  }
  try {
    return readKubeconfig(options.kubeconfig, options.context);
  } catch (cause) {
    if (!(cause instanceof KubeconfigError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
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
