import { z } from 'zod';
import type {
  KubernetesCredential,
  KubernetesLogIn,
} from '../../../lambda/predictive-scaler/hpa/kubernetes-api';
import { checkSettings, clientCertificateProblem, contentOf, readNamedFile } from './entry-settings';
import { type ExecLogInProps, execCredentials, parseExec } from './exec-credential';
import { type Place, refuse } from './kubeconfig-error';

const User = z.object({
  token: z.string().nullish(),
  tokenFile: z.string().nullish(),
  'client-certificate-data': z.base64('must be base64').nullish(),
  'client-certificate': z.string().nullish(),
  'client-key-data': z.base64('must be base64').nullish(),
  'client-key': z.string().nullish(),
  exec: z.unknown().optional(),
});

/** Ways to log in that are not supported, and what to use. */
const REFUSED: Readonly<Record<string, string>> = {
  username: 'Kubernetes 1.19 removed log-in by password; use a token, a client certificate or exec',
  password: 'Kubernetes 1.19 removed log-in by password; use a token, a client certificate or exec',
  'auth-provider': 'kubectl 1.26 removed it; use exec (for EKS: aws eks update-kubeconfig)',
  as: 'log in as the user itself',
  'as-uid': 'log in as the user itself',
  'as-groups': 'log in as the user itself',
  'as-user-extra': 'log in as the user itself',
};

/**
 * kubectl's order: a token file, a token, a client certificate; a program runs only where none of them is set.
 * @throws {KubeconfigError} where the user cannot log in, or in a way that is not supported
 */
export function userLogIn(
  settings: Readonly<Record<string, unknown>>,
  props: ExecLogInProps,
): KubernetesLogIn {
  const { place } = props;
  for (const [field, remedy] of Object.entries(REFUSED)) {
    if (settings[field]) refuse(place, `sets ${field}, which is not supported: ${remedy}`);
  }
  const user = checkSettings(User, settings, place);
  const certificate = clientCertificate(user, place);
  const token = tokenOf(user, place);
  if (token || certificate) {
    return { credential: async () => ({ ...certificate, ...(token && { token: token() }) }) };
  }
  if (user.exec) return { credential: execCredentials(parseExec(user.exec, place), props) };
  return refuse(place, 'has neither a token, nor a client certificate with its key, nor exec');
}

/** Read again with each request: whoever renews a token replaces its file. */
function tokenOf({ token, tokenFile }: z.output<typeof User>, place: Place): (() => string) | undefined {
  if (!tokenFile) return token ? () => token.trim() : undefined;
  const read = () => readNamedFile(tokenFile, 'tokenFile', place).trim();
  if (read() === '') refuse(place, `names a tokenFile that is empty (${tokenFile})`);
  return read;
}

function clientCertificate(user: z.output<typeof User>, place: Place): KubernetesCredential | undefined {
  const certificate = contentOf(user, 'client-certificate', place);
  const key = contentOf(user, 'client-key', place);
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined) return refuse(place, 'has a client-key and no client-certificate');
  if (key === undefined) return refuse(place, 'has a client-certificate and no client-key');
  const problem = clientCertificateProblem(certificate, key);
  if (problem) refuse(place, `has a client-certificate that cannot be used: ${problem}`);
  return { certificate, key };
}
