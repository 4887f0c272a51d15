import { basename, dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { KubernetesCredential } from '../../../lambda/predictive-scaler/hpa/kubernetes-api';
import { checkSettings, clientCertificateProblem } from './entry-settings';
import { KubeconfigError, type Place, refuse } from './kubeconfig-error';
import { ProgramFailure, runProgram } from './run-program';

const GROUP = 'client.authentication.k8s.io';
const VERSIONS = [`${GROUP}/v1`, `${GROUP}/v1beta1`] as const;

/** Extension of a cluster that is passed on to the program. */
const CLUSTER_EXTENSION = `${GROUP}/exec`;

/** Longest run of a program, ms: `aws eks get-token` takes seconds, and up to a minute behind a slow proxy. */
const TIMEOUT_MS = 60_000;

/** A credential is renewed so long before it expires, ms: clocks differ, and a request takes its time. */
const RENEW_BEFORE_MS = 60_000;

const ExecSettings = z.object({
  apiVersion: z.enum(VERSIONS, `must be ${VERSIONS.join(' or ')} (for EKS: aws eks update-kubeconfig)`),
  command: z.string('must name a program').min(1, 'must name a program'),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string().min(1), value: z.string() })).nullish(),
  installHint: z.string().nullish(),
  provideClusterInfo: z.boolean().nullish(),
  interactiveMode: z.enum(['Never', 'IfAvailable', 'Always']).nullish(),
});

type Exec = z.output<typeof ExecSettings>;

const ExecCredential = z.object({
  apiVersion: z.string(),
  kind: z.literal('ExecCredential'),
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.iso.datetime({ offset: true, error: 'must be an RFC 3339 time' }).optional(),
  }),
});

/** What a program may be told about the cluster (`provideClusterInfo`). */
export interface ExecCluster {
  readonly settings: {
    readonly server: string;
    readonly 'tls-server-name'?: string | null;
    readonly extensions?: readonly { readonly name: string; readonly extension?: unknown }[] | null;
  };
  /** PEM. */
  readonly certificateAuthority: string;
}

export interface ExecLogInProps {
  /** The user in its kubeconfig. */
  readonly place: Place;
  readonly cluster: ExecCluster;
  /** Environment that the program starts from. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The time, ms since 1970. */
  readonly now: () => number;
  /** Longest run of the program, ms. @default 60 s */
  readonly timeoutMs?: number;
}

/** @throws {KubeconfigError} names the field of `exec` */
export function parseExec(exec: unknown, { file, entry }: Place): Exec {
  const place = { file, entry: `exec of ${entry}` };
  const settings = checkSettings(ExecSettings, exec, place);
  if (settings.interactiveMode === 'Always') {
    refuse(
      place,
      `has interactiveMode Always: '${settings.command}' would ask for input, and gets none here`,
    );
  }
  return settings;
}

/**
 * Logs in by running a program ("client-go credential plugins", kubernetes.io), without a shell and without input. The
 * credential is kept until one minute before it expires; concurrent requests share one run.
 * @returns rejects with a KubeconfigError that names the program, the file, the context and the user
 */
export function execCredentials(exec: Exec, props: ExecLogInProps): () => Promise<KubernetesCredential> {
  let kept: { readonly credential: KubernetesCredential; readonly renewAtMs: number } | undefined;
  let running: Promise<KubernetesCredential> | undefined;
  const logIn = async () => {
    const { credential, expiresAtMs } = await runExec(exec, props);
    kept = { credential, renewAtMs: expiresAtMs - RENEW_BEFORE_MS };
    return credential;
  };
  return async () => {
    if (kept && props.now() < kept.renewAtMs) return kept.credential;
    running ??= logIn().finally(() => {
      running = undefined;
    });
    return running;
  };
}

interface TimedCredential {
  readonly credential: KubernetesCredential;
  /** Ms since 1970; infinite where the program does not say. */
  readonly expiresAtMs: number;
}

async function runExec(exec: Exec, props: ExecLogInProps): Promise<TimedCredential> {
  const { place, environment, timeoutMs = TIMEOUT_MS } = props;
  const own = Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value]));
  try {
    const output = await runProgram({
      command: programOf(exec.command, place.file),
      args: exec.args ?? [],
      environment: { ...environment, ...own, KUBERNETES_EXEC_INFO: execInfo(exec, props.cluster) },
      timeoutMs,
    });
    return parseCredential(output, exec);
  } catch (cause) {
    if (!(cause instanceof ProgramFailure)) throw cause;
    const hint = cause.isMissing ? `; ${installHint(exec)}` : '';
    throw new KubeconfigError(
      `${place.file}: ${place.entry} logs in with '${exec.command}', which ${cause.message}${hint}`,
      {
        cause,
      },
    );
  }
}

/** A path is relative to the folder of its kubeconfig; a name without a folder is looked up in PATH. */
function programOf(command: string, file: string): string {
  return basename(command) === command ? command : resolve(dirname(resolve(file)), command);
}

function installHint({ command, installHint: hint }: Exec): string {
  if (hint) return hint.trim();
  if (/^aws(\.exe)?$/.test(basename(command))) return 'install the AWS CLI, version 2';
  return 'install it, or add its folder to PATH';
}

function execInfo({ apiVersion, provideClusterInfo }: Exec, cluster: ExecCluster): string {
  const { server, extensions, ...settings } = cluster.settings;
  const config = extensions?.find(({ name }) => name === CLUSTER_EXTENSION)?.extension;
  const info = {
    server,
    'tls-server-name': settings['tls-server-name'] ?? undefined,
    'certificate-authority-data': Buffer.from(cluster.certificateAuthority).toString('base64'),
    config,
  };
  const spec = { interactive: false, ...(provideClusterInfo && { cluster: info }) };
  return JSON.stringify({ kind: 'ExecCredential', apiVersion, spec });
}

/** @throws {ProgramFailure} */
function parseCredential(output: string, { apiVersion }: Exec): TimedCredential {
  const { status, ...answer } = checkAnswer(output);
  if (answer.apiVersion !== apiVersion) {
    throw new ProgramFailure(`answered in ${answer.apiVersion}, and the kubeconfig asks for ${apiVersion}`);
  }
  const { token, clientCertificateData: certificate, clientKeyData: key, expirationTimestamp } = status;
  if ((certificate === undefined) !== (key === undefined)) {
    throw new ProgramFailure('answered with one of clientCertificateData and clientKeyData; both are needed');
  }
  if (!token && certificate === undefined) {
    throw new ProgramFailure('answered with neither status.token nor status.clientCertificateData');
  }
  const problem = certificate !== undefined && clientCertificateProblem(certificate, key ?? '');
  if (problem) throw new ProgramFailure(`answered with a client certificate that cannot be used: ${problem}`);
  return {
    credential: { ...(token && { token }), ...(certificate !== undefined && { certificate, key }) },
    expiresAtMs:
      expirationTimestamp === undefined ? Number.POSITIVE_INFINITY : Date.parse(expirationTimestamp),
  };
}

/** The answer is never part of a message: it has the token. */
function checkAnswer(output: string): z.output<typeof ExecCredential> {
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {
    throw new ProgramFailure('did not print JSON; an ExecCredential was expected');
  }
  const result = ExecCredential.safeParse(answer);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ProgramFailure(`did not print an ExecCredential (${issue?.path.join('.')}: ${issue?.message})`);
}
