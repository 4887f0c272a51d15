import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { readKubeconfig } from '../../../bin/scaler/kubeconfig/kubeconfig';
import type { KubernetesCredential } from '../../../lambda/predictive-scaler/hpa/kubernetes-api';
import { KubernetesHpaClient } from '../../../lambda/predictive-scaler/hpa/kubernetes-hpa-client';
import { FakeKubernetes } from '../../helpers/fake-kubernetes/fake-kubernetes';

const V1 = 'client.authentication.k8s.io/v1';
const V1BETA1 = 'client.authentication.k8s.io/v1beta1';
const API = { namespace: 'default', name: 'api' };
const NOW = Date.parse('2026-11-27T12:00:00Z');

let cluster: FakeKubernetes;
let folder: string;
let path: string;
beforeAll(async () => {
  cluster = await FakeKubernetes.start();
  cluster.put({ name: 'api' });
});
afterAll(() => cluster.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'exec-'));
  path = join(folder, 'config');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a program of Node, in a folder that is not in PATH. */
function program(source: string, name = 'log-in'): string {
  const file = join(folder, name);
  writeFileSync(file, `#!${process.execPath}\n${source}\n`);
  chmodSync(file, 0o755);
  return `./${name}`;
}

/** Source of a program that prints an ExecCredential. */
const prints = (status: object, apiVersion = V1) =>
  `console.log(${JSON.stringify(JSON.stringify({ apiVersion, kind: 'ExecCredential', status }))})`;

interface Props {
  readonly exec: object;
  readonly cluster?: object;
  readonly environment?: Readonly<Record<string, string>>;
  readonly now?: () => number;
  readonly timeoutMs?: number;
}

/** Connection of a kubeconfig whose user logs in by a program. */
function connection({ exec, cluster: more, environment = {}, now = () => NOW, timeoutMs }: Props) {
  const authority = Buffer.from(cluster.certificateAuthority).toString('base64');
  const config = {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'eks', user: 'me' } }],
    clusters: [
      {
        name: 'eks',
        cluster: { server: cluster.server.url, 'certificate-authority-data': authority, ...more },
      },
    ],
    users: [{ name: 'me', user: { exec: { apiVersion: V1, interactiveMode: 'Never', ...exec } } }],
  };
  writeFileSync(path, stringify(config));
  return readKubeconfig({ paths: [path], mustExist: true }, { environment, now, timeoutMs });
}

function credentialOf(props: Props): Promise<KubernetesCredential> {
  const { logIn } = connection(props);
  if (!('credential' in logIn)) throw new Error('no credential');
  return logIn.credential();
}

describe('a program that logs in', () => {
  it.each([V1, V1BETA1])('gives a token by %s', async (apiVersion) => {
    const command = program(prints({ token: 'the-token' }, apiVersion));
    const client = new KubernetesHpaClient(connection({ exec: { apiVersion, command } }));
    expect(await client.read(API)).toMatchObject({ maxReplicas: 50 });
    client.close();
  });

  it('gives a client certificate', async () => {
    const status = { clientCertificateData: cluster.certificateAuthority, clientKeyData: cluster.key };
    const client = new KubernetesHpaClient(connection({ exec: { command: program(prints(status)) } }));
    cluster.server.reset();
    expect(await client.read(API)).toMatchObject({ maxReplicas: 50 });
    expect(cluster.server.requests[0]?.hasClientCertificate).toBe(true);
    client.close();
  });

  it('gets its arguments as they are, and its environment over that of the command', async () => {
    const command = program(
      `const { argv, env } = process;
       const token = [...argv.slice(2), env.PROFILE, env.INHERITED].join('|');
       console.log(JSON.stringify({ apiVersion: '${V1}', kind: 'ExecCredential', status: { token } }));`,
    );
    const { token } = await credentialOf({
      exec: { command, args: ['--name', '$(id) "x"'], env: [{ name: 'PROFILE', value: 'prod' }] },
      environment: { PROFILE: 'dev', INHERITED: 'yes' },
    });
    expect(token).toBe('--name|$(id) "x"|prod|yes');
  });

  it('gets no input, and is told so', async () => {
    const command = program(
      `const { spec, ...info } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
       const input = require('node:fs').readFileSync(0, 'utf8');
       require('node:fs').writeFileSync(${JSON.stringify(join(folder, 'info'))}, JSON.stringify({ ...info, spec, input }));
       ${prints({ token: 't' })}`,
    );
    await credentialOf({ exec: { command } });
    expect(JSON.parse(readFileSync(join(folder, 'info'), 'utf8'))).toEqual({
      apiVersion: V1,
      kind: 'ExecCredential',
      spec: { interactive: false },
      input: '',
    });
  });

  it('is told about the cluster where it asks for that', async () => {
    const command = program(
      `require('node:fs').writeFileSync(${JSON.stringify(join(folder, 'info'))}, process.env.KUBERNETES_EXEC_INFO);
       ${prints({ token: 't' })}`,
    );
    const extensions = [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'a' } }];
    await credentialOf({
      exec: { command, provideClusterInfo: true },
      cluster: { extensions, 'tls-server-name': 'localhost' },
    });
    expect(JSON.parse(readFileSync(join(folder, 'info'), 'utf8')).spec.cluster).toEqual({
      server: cluster.server.url,
      'tls-server-name': 'localhost',
      'certificate-authority-data': Buffer.from(cluster.certificateAuthority).toString('base64'),
      config: { audience: 'a' },
    });
  });

  it('is found in PATH by a mere name', async () => {
    program(prints({ token: 't' }), 'aws');
    const environment = { PATH: folder };
    expect(await credentialOf({ exec: { command: 'aws' }, environment })).toEqual({ token: 't' });
  });
});

describe('a credential', () => {
  /** A program that counts its runs in a file, and gives a token of that number. */
  const counting = (expirationTimestamp?: string) =>
    program(`const { existsSync, readFileSync, writeFileSync } = require('node:fs');
      const file = ${JSON.stringify(join(folder, 'runs'))};
      const run = 1 + (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0);
      writeFileSync(file, String(run));
      const status = { token: 'token-' + run, expirationTimestamp: ${JSON.stringify(expirationTimestamp)} };
      console.log(JSON.stringify({ apiVersion: '${V1}', kind: 'ExecCredential', status }));`);

  /** Tokens that are given at these times. */
  async function tokensAt(times: readonly string[], expirationTimestamp?: string) {
    let now = NOW;
    const { logIn } = connection({ exec: { command: counting(expirationTimestamp) }, now: () => now });
    const tokens: (string | undefined)[] = [];
    for (const time of times) {
      now = Date.parse(`2026-11-27T${time}Z`);
      if ('credential' in logIn) tokens.push((await logIn.credential()).token);
    }
    return tokens;
  }

  it('is renewed a minute before it expires', async () => {
    const times = ['12:00:00', '12:12:59', '12:13:00'];
    expect(await tokensAt(times, '2026-11-27T12:14:00Z')).toEqual(['token-1', 'token-1', 'token-2']);
  });

  it('is renewed where it has expired', async () => {
    const times = ['12:00:00', '12:00:01'];
    expect(await tokensAt(times, '2026-11-27T11:00:00+00:00')).toEqual(['token-1', 'token-2']);
  });

  it('is kept where the program does not say when it expires', async () => {
    expect(await tokensAt(['12:00:00', '23:00:00'])).toEqual(['token-1', 'token-1']);
  });

  it('is made once for requests at the same time', async () => {
    const { logIn } = connection({ exec: { command: counting() } });
    if (!('credential' in logIn)) throw new Error('no credential');
    const both = await Promise.all([logIn.credential(), logIn.credential()]);
    expect(both.map(({ token }) => token)).toEqual(['token-1', 'token-1']);
  });
});

describe('fails, naming file, user, context and program,', () => {
  it.each<[what: string, source: string, message: string]>([
    [
      'where it ends with an error',
      `console.error('The SSO session has expired'); process.exitCode = 1`,
      'ended with exit code 1: The SSO session has expired',
    ],
    ['where it prints no JSON', `console.log('hello')`, 'did not print JSON'],
    [
      'where it answers in another version',
      prints({ token: 't' }, V1BETA1),
      `answered in ${V1BETA1}, and the kubeconfig asks for ${V1}`,
    ],
    ['where it prints something else', `console.log('{}')`, 'did not print an ExecCredential (apiVersion:'],
    ['where it gives nothing', prints({}), 'answered with neither status.token nor'],
    [
      'where it gives half a certificate',
      prints({ clientKeyData: 'x' }),
      'answered with one of clientCertificateData and',
    ],
    [
      'where it gives a certificate that is none',
      prints({ clientCertificateData: 'x', clientKeyData: 'x' }),
      'answered with a client certificate that cannot be used: certificate and key must be PEM',
    ],
    [
      'where the time of expiry is none',
      prints({ token: 't', expirationTimestamp: 'soon' }),
      'did not print an ExecCredential (status.expirationTimestamp: must be an RFC 3339 time)',
    ],
    [
      'where it prints far too much',
      `process.stdout.write('x'.repeat(2 ** 21))`,
      'printed more than 1048576 bytes and was killed',
    ],
  ])('%s', async (_, source, message) => {
    const command = program(source);
    await expect(credentialOf({ exec: { command } })).rejects.toThrow(
      `${path}: user 'me' of context 'here' logs in with './log-in', which ${message}`,
    );
  });

  it('and kills it, where it takes too long', async () => {
    const command = program(`console.error('waiting'); setTimeout(() => {}, 60_000)`);
    const started = performance.now();
    await expect(credentialOf({ exec: { command }, timeoutMs: 1_000 })).rejects.toThrow(
      "logs in with './log-in', which did not end within 1 s and was killed: waiting",
    );
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it.each<[exec: object, hint: string]>([
    [{ command: 'aws' }, 'was not found; install the AWS CLI, version 2'],
    [{ command: 'gke-auth', installHint: 'run: get gke-auth\n' }, 'was not found; run: get gke-auth'],
    [{ command: './missing' }, 'was not found; install it, or add its folder to PATH'],
  ])('with the remedy where %j is missing', async (exec, hint) => {
    const environment = { PATH: dirname(path) };
    await expect(credentialOf({ exec, environment })).rejects.toThrow(hint);
  });

  it('where it must not be run', async () => {
    program('');
    chmodSync(join(folder, 'log-in'), 0o644);
    await expect(credentialOf({ exec: { command: './log-in' } })).rejects.toThrow(
      "logs in with './log-in', which cannot be started (spawn",
    );
  });

  it('and never with the token in its message', async () => {
    const command = program(prints({ token: 'a-secret', expirationTimestamp: 'soon' }));
    const error = await credentialOf({ exec: { command } }).catch((thrown: Error) => thrown);
    expect(JSON.stringify([error, (error as Error).message, (error as Error).stack])).not.toContain(
      'a-secret',
    );
  });

  it.each<[field: string, exec: object, message: string]>([
    ['no command', { command: undefined }, 'has a wrong command: must name a program'],
    ['arguments that are no list', { command: 'x', args: 'y' }, 'has a wrong args'],
    ['a variable without a value', { command: 'x', env: [{ name: 'A' }] }, 'has a wrong env.0.value'],
    [
      'an old version',
      { command: 'aws', apiVersion: 'client.authentication.k8s.io/v1alpha1' },
      `has a wrong apiVersion: must be ${V1} or ${V1BETA1} (for EKS: aws eks update-kubeconfig)`,
    ],
    [
      'a program that must be asked',
      { command: 'x', interactiveMode: 'Always' },
      "has interactiveMode Always: 'x' would ask for input",
    ],
  ])('before it runs, for %s', (_, exec, message) => {
    expect(() => connection({ exec })).toThrow(`${path}: exec of user 'me' of context 'here' ${message}`);
  });
});
