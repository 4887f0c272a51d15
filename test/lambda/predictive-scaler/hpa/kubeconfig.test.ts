import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { readKubeconfig } from '../../../../lambda/predictive-scaler/hpa/kubeconfig';
import { KubernetesHpaClient } from '../../../../lambda/predictive-scaler/hpa/kubernetes-hpa-client';
import { FakeKubernetes } from '../../../helpers/fake-kubernetes/fake-kubernetes';

let cluster: FakeKubernetes;
let folder: string;

beforeAll(async () => {
  cluster = await FakeKubernetes.start();
  cluster.put({ name: 'api' });
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
  writeFileSync(join(folder, 'token'), 'the-token\n');
  writeFileSync(join(folder, 'ca.crt'), cluster.certificateAuthority);
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

it.each<[what: string, settings: () => Parameters<typeof write>[0]]>([
  ['a token', () => ({})],
  ['the file of a token', () => ({ user: { tokenFile: 'token' } })],
  [
    'a client certificate',
    () => ({
      user: {
        'client-certificate-data': base64(cluster.certificateAuthority),
        'client-key-data': base64(cluster.key),
      },
    }),
  ],
  [
    'the file of an authority',
    () => ({ cluster: { 'certificate-authority-data': undefined, 'certificate-authority': 'ca.crt' } }),
  ],
])('connects with %s', async (_, settings) => {
  const client = new KubernetesHpaClient(readKubeconfig(write(settings())));
  expect(await client.read({ namespace: 'default', name: 'api' })).toMatchObject({ maxReplicas: 50 });
  client.close();
});

it('takes the context that is asked for', () => {
  const path = write({ 'current-context': 'elsewhere' });
  expect(readKubeconfig(path, 'here').endpoint).toBe(cluster.server.url);
});

it.each<[what: string, settings: Parameters<typeof write>[0], message: string]>([
  ['another context', { 'current-context': 'there' }, "there is no context 'there' (there are: here)"],
  ['no context at all', { 'current-context': '' }, 'there is no current-context; name a context'],
  ['no such user', { users: [] }, "there is no user 'me' (there are: none)"],
  [
    'a program to log in with',
    { user: { exec: { command: 'aws' } } },
    "user 'me' logs in by running 'aws', which is not supported; put a token there",
  ],
  [
    'a password',
    { user: { username: 'me', password: 'x' } },
    "user 'me' sets username, which is not supported",
  ],
  ['impersonation', { user: { token: 't', as: 'root' } }, "user 'me' sets as, which is not supported"],
  ['no log-in', { user: {} }, "user 'me' has neither a token nor a client certificate with its key"],
  ['half a log-in', { user: { 'client-key': 'token' } }, "user 'me' has neither a token nor"],
  [
    'no check of certificates',
    { cluster: { 'insecure-skip-tls-verify': true } },
    "cluster 'kind' sets insecure-skip-tls-verify, which is not supported",
  ],
  ['a proxy', { cluster: { 'proxy-url': 'http://proxy' } }, "cluster 'kind' sets proxy-url"],
  [
    'no authority',
    { cluster: { 'certificate-authority-data': undefined } },
    "cluster 'kind' has no certificate-authority-data",
  ],
  ['a file that is not there', { user: { tokenFile: 'none' } }, 'names a file that cannot be read (ENOENT'],
])('fails for %s, and says which file it is', (_, settings, message) => {
  const path = write(settings);
  expect(() => readKubeconfig(path)).toThrow(`${path}: ${message}`);
});

it.each([
  ['is not there', 'none', undefined, 'cannot be read (ENOENT'],
  ['is no YAML', 'broken', '{', 'cannot be read ('],
  ['is something else', 'other', 'text', 'is no kubeconfig'],
])('fails when the file %s', (_, name, text, message) => {
  const path = join(folder, name);
  if (text !== undefined) writeFileSync(path, text);
  expect(() => readKubeconfig(path)).toThrow(`${path}: ${message}`);
});
