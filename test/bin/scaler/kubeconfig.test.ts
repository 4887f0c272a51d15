import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { stringify } from 'yaml';
import { readKubeconfig } from '../../../bin/scaler/kubeconfig/kubeconfig';
import { chooseKubeconfigs, readKubeconfigs } from '../../../bin/scaler/kubeconfig/kubeconfig-files';
import { KubernetesHpaClient } from '../../../lambda/predictive-scaler/hpa/kubernetes-hpa-client';
import { FakeKubernetes } from '../../helpers/fake-kubernetes/fake-kubernetes';

let cluster: FakeKubernetes;
let folder: string;

beforeAll(async () => {
  cluster = await FakeKubernetes.start((token) => ['the-token', 'a-new-token'].includes(token));
  cluster.put({ name: 'api' });
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
  writeFileSync(join(folder, 'token'), 'the-token\n');
  writeFileSync(join(folder, 'empty'), '\n');
  writeFileSync(join(folder, 'ca.crt'), cluster.certificateAuthority);
  writeFileSync(join(folder, 'client.key'), cluster.key);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await cluster.close();
});

type Settings = Readonly<Record<string, unknown>>;

/** Writes a kubeconfig with one context, `here`, and its cluster and user. */
function write({
  user = { token: 'the-token' },
  cluster: more = {},
  ...top
}: { user?: Settings; cluster?: Settings } & Settings) {
  const path = join(folder, 'config');
  const authority = { 'certificate-authority-data': base64(cluster.certificateAuthority) };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'kind', user: 'me' } }],
    clusters: [{ name: 'kind', cluster: { server: cluster.server.url, ...authority, ...more } }],
    users: [{ name: 'me', user }],
    ...top,
  };
  writeFileSync(path, stringify(config));
  return path;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

const read = (path: string, context?: string) =>
  readKubeconfig({ paths: [path], mustExist: true }, { context, environment: {}, now: () => 0 });

const API = { namespace: 'default', name: 'api' };

const clientCertificate = () => ({
  'client-certificate-data': base64(cluster.certificateAuthority),
  'client-key-data': base64(cluster.key),
});

describe('a kubeconfig', () => {
  it.each<[what: string, settings: () => Parameters<typeof write>[0]]>([
    ['a token', () => ({})],
    ['the file of a token', () => ({ user: { tokenFile: 'token' } })],
    ['the file of a token before a token', () => ({ user: { tokenFile: 'token', token: 'an-old-one' } })],
    ['a client certificate', () => ({ user: clientCertificate() })],
    [
      'the files of a client certificate',
      () => ({ user: { 'client-certificate': 'ca.crt', 'client-key': 'client.key' } }),
    ],
    ['a token before a program', () => ({ user: { token: 'the-token', exec: { command: 'no' } } })],
    [
      'the file of an authority',
      () => ({ cluster: { 'certificate-authority-data': undefined, 'certificate-authority': 'ca.crt' } }),
    ],
    ['the name in the certificate', () => ({ cluster: { 'tls-server-name': 'localhost' } })],
  ])('connects with %s', async (_, settings) => {
    const client = new KubernetesHpaClient(read(write(settings())));
    expect(await client.read(API)).toMatchObject({ maxReplicas: 50 });
    client.close();
  });

  it('shows no token where it logs in with a client certificate', async () => {
    const client = new KubernetesHpaClient(read(write({ user: clientCertificate() })));
    cluster.server.reset();
    await client.read(API);
    const [request] = cluster.server.requests;
    expect(request?.headers.authorization).toBeUndefined();
    expect(request?.hasClientCertificate).toBe(true);
    client.close();
  });

  it('reads the file of a token with each request', async () => {
    writeFileSync(join(folder, 'rotated'), 'the-token');
    const client = new KubernetesHpaClient(read(write({ user: { tokenFile: 'rotated' } })));
    await client.read(API);
    writeFileSync(join(folder, 'rotated'), 'a-new-token');
    await client.read(API);
    expect(cluster.server.requests.at(-1)?.headers.authorization).toBe('Bearer a-new-token');
    client.close();
  });

  it('takes the context that is asked for', () => {
    const path = write({ 'current-context': 'elsewhere' });
    expect(read(path, 'here').endpoint).toBe(cluster.server.url);
  });

  it.each<[what: string, settings: Parameters<typeof write>[0], message: string]>([
    ['another context', { 'current-context': 'there' }, "there is no context 'there' (there are: here)"],
    ['no context at all', { 'current-context': '' }, 'there is no current-context; name one with --context'],
    ['no such user', { users: [] }, "there is no user 'me' (there are: none)"],
    [
      'a context without a user',
      { contexts: [{ name: 'here', context: { cluster: 'kind' } }] },
      "context 'here' has a wrong user",
    ],
    [
      'a password',
      { user: { username: 'me', password: 'x' } },
      "user 'me' of context 'here' sets username, which is not supported: Kubernetes 1.19 removed",
    ],
    [
      'an auth-provider',
      { user: { 'auth-provider': { name: 'gcp' } } },
      "user 'me' of context 'here' sets auth-provider, which is not supported: kubectl 1.26 removed it; use exec",
    ],
    ['impersonation', { user: { token: 't', as: 'root' } }, "user 'me' of context 'here' sets as, which"],
    ['no log-in', { user: {} }, "user 'me' of context 'here' has neither a token, nor a client certificate"],
    [
      'half a log-in',
      { user: { 'client-key': 'token' } },
      "user 'me' of context 'here' has a client-key and no",
    ],
    [
      'an empty file of a token',
      { user: { tokenFile: 'empty' } },
      "user 'me' of context 'here' names a tokenFile that is empty (empty)",
    ],
    [
      'a certificate that is none',
      { user: { 'client-certificate': 'token', 'client-key': 'client.key' } },
      "user 'me' of context 'here' has a client-certificate that cannot be used: certificate and key must",
    ],
    ['a token that is no text', { user: { token: 7 } }, "user 'me' of context 'here' has a wrong token"],
    [
      'base64 that is none',
      { cluster: { 'certificate-authority-data': '%' } },
      "cluster 'kind' of context 'here' has a wrong certificate-authority-data: must be base64",
    ],
    [
      'plain HTTP',
      { cluster: { server: 'http://here' } },
      "cluster 'kind' of context 'here' has a wrong server: must be an https:// address",
    ],
    [
      'no check of certificates',
      { cluster: { 'insecure-skip-tls-verify': true } },
      "cluster 'kind' of context 'here' sets insecure-skip-tls-verify, which is not supported",
    ],
    [
      'a proxy',
      { cluster: { 'proxy-url': 'http://proxy' } },
      "cluster 'kind' of context 'here' sets proxy-url",
    ],
    [
      'no authority',
      { cluster: { 'certificate-authority-data': undefined } },
      "cluster 'kind' of context 'here' has no certificate-authority-data",
    ],
    [
      'a file that is not there',
      { user: { tokenFile: 'none' } },
      "user 'me' of context 'here' names a tokenFile that cannot be read (ENOENT",
    ],
  ])('fails for %s, and says which file it is', (_, settings, message) => {
    const path = write(settings);
    expect(() => read(path)).toThrow(`${path}: ${message}`);
  });

  it.each([
    ['is not there', 'none', undefined, 'cannot be read (ENOENT'],
    ['is no YAML', 'broken', '{', 'cannot be read ('],
    ['is something else', 'other', 'text', 'is no kubeconfig (the file:'],
    ['has entries without a name', 'nameless', 'users: [{ user: {} }]', 'is no kubeconfig (users.0.name:'],
    ['is far too long', 'long', '#'.repeat(2 ** 20 + 1), 'a kubeconfig must have at most 1048576 bytes'],
  ])('fails when the file %s', (_, name, text, message) => {
    const path = join(folder, name);
    if (text !== undefined) writeFileSync(path, text);
    expect(() => read(path)).toThrow(`${path}: ${message}`);
  });
});

describe('kubeconfig files are chosen as kubectl does', () => {
  it.each<[what: string, path: string | undefined, list: string | undefined, expected: object]>([
    ['the one that is named', '/named', '/listed', { paths: ['/named'], mustExist: true }],
    [
      'the list of KUBECONFIG',
      undefined,
      ['/a', '', '/b', '/a'].join(delimiter),
      { paths: ['/a', '/b'], mustExist: false },
    ],
    [
      'the one of the home folder',
      undefined,
      undefined,
      { paths: [join('/home/me', '.kube', 'config')], mustExist: false },
    ],
    [
      'that one for an empty list',
      undefined,
      '',
      { paths: [join('/home/me', '.kube', 'config')], mustExist: false },
    ],
  ])('%s', (_, path, list, expected) => {
    expect(chooseKubeconfigs(path, { KUBECONFIG: list }, '/home/me')).toEqual(expected);
  });
});

describe('a list of kubeconfig files', () => {
  const inFolder = (name: string, config: object) => {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'config'), stringify(config));
    return join(folder, name, 'config');
  };
  const user = (token: string) => ({ users: [{ name: 'me', user: { token } }] });

  it('takes the first of a name and of the current context, and skips files that do not exist', () => {
    const first = inFolder('first', { 'current-context': '', contexts: null, ...user('first') });
    const second = inFolder('second', {
      'current-context': 'here',
      ...user('second'),
      clusters: [{ name: 'kind', cluster: { server: 'https://second' } }],
    });
    const third = inFolder('third', { 'current-context': 'there' });
    const merged = readKubeconfigs({ paths: [join(folder, 'no'), first, second, third], mustExist: false });
    expect(merged.currentContext).toBe('here');
    expect(merged.users.get('me')).toEqual({ settings: { token: 'first' }, file: first });
    expect(merged.clusters.get('kind')).toMatchObject({ file: second });
  });

  it('reads certificates beside the file that names them', async () => {
    const context = { name: 'here', context: { cluster: 'kind', user: 'me' } };
    const one = inFolder('one', { 'current-context': 'here', contexts: [context], ...user('the-token') });
    const two = inFolder('two', {
      clusters: [
        { name: 'kind', cluster: { server: cluster.server.url, 'certificate-authority': 'authority.crt' } },
      ],
    });
    writeFileSync(join(folder, 'two', 'authority.crt'), cluster.certificateAuthority);
    const files = { paths: [one, two], mustExist: false };
    const client = new KubernetesHpaClient(readKubeconfig(files, { environment: {}, now: () => 0 }));
    expect(await client.read(API)).toMatchObject({ maxReplicas: 50 });
    client.close();
  });

  it('fails where none of them exists, and says how to get one', () => {
    const paths = [join(folder, 'no'), join(folder, 'nothing')];
    expect(() => readKubeconfigs({ paths, mustExist: false })).toThrow(
      `there is no kubeconfig at ${paths.join(', ')}; name one with --kubeconfig`,
    );
  });
});
