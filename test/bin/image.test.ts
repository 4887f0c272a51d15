import '../helpers/fake-aws/errors-of-node';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../bin/image';
import { imageTag } from '../../lib/service-image';
import { Contract } from '../helpers/cloud/contract/contract';
import { FaultServer, type ReceivedRequest } from '../helpers/fault-server';

const REPOSITORY = '111111111111.dkr.ecr.us-east-1.amazonaws.com/llm-cost-ops-dev-api';
const REGISTRY = '111111111111.dkr.ecr.us-east-1.amazonaws.com';
const IMAGE = `${REPOSITORY}:${imageTag('amd64')}`;

/** Writes down its arguments, the files it builds from, and what it reads at log-in. */
const ENGINE = `#!/bin/sh
echo "$*" | sed "s# [^ ]*/image-[^ ]*# FOLDER#" >> "$ENGINE_LOG"
for last; do :; done
case "$1" in
  build) ls "$last" | xargs echo >> "$ENGINE_LOG" ;;
  login) read -r password; echo "password $password" >> "$ENGINE_LOG" ;;
esac
if [ "$1" = "$ENGINE_FAILS" ]; then echo "no space left on device" >&2; exit 3; fi
`;

const contract = new Contract();
let ecr: FaultServer;
let folder: string;
let present: boolean;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'engine-'));
  writeFileSync(join(folder, 'docker'), ENGINE);
  chmodSync(join(folder, 'docker'), 0o755);
  const answer = ({ headers }: ReceivedRequest) => {
    const action = String(headers['x-amz-target']).split('.').at(-1);
    const token = Buffer.from('AWS:a-password').toString('base64');
    if (action === 'GetAuthorizationToken')
      return json({ authorizationData: [{ authorizationToken: token }] });
    return present ? json({ imageDetails: [{}] }) : json({ __type: 'ImageNotFoundException' }, 400);
  };
  ecr = new FaultServer(contract.checked(answer));
  await ecr.listen();
});
beforeEach(() => {
  present = false;
  ecr.reset();
  rmSync(join(folder, 'log'), { force: true });
});
afterAll(async () => {
  await ecr.close();
  contract.verify();
  rmSync(folder, { recursive: true, force: true });
});

const json = (value: object, status = 200) => ({ status, body: JSON.stringify(value) });

async function image(argv: readonly string[], environment: Record<string, string> = {}) {
  const out: string[] = [];
  const errors: string[] = [];
  const terminal = {
    print: (line: string) => out.push(line),
    printError: (line: string) => errors.push(line),
  };
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a-secret' };
  const code = await main(argv, terminal, {
    machine: {
      environment: { PATH: process.env['PATH'], ENGINE_LOG: join(folder, 'log'), ...environment },
      home: folder,
      root: folder,
      now: () => new Date(),
      elapsedMs: () => performance.now(),
    },
    signal: new AbortController().signal,
    aws: { client: { endpoint: ecr.url, credentials }, retries: { baseDelayMs: 1, maxDelayMs: 2 } },
  });
  return { code, out: out.join('\n'), errors: errors.join('\n') };
}

const local = (environment?: Record<string, string>, ...argv: string[]) =>
  image(['--env', 'dev', '--local', '--engine', join(folder, 'docker'), ...argv], environment);
const log = () => readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');

test('names the image of an environment: a hash of its content, or what somebody chose', async () => {
  expect(await image(['--env', 'dev'])).toEqual({ code: 0, out: IMAGE, errors: '' });
  expect((await image(['--env', 'prod'])).out).toMatch(/llm-cost-ops-prod-api:1\.0\.0$/);
  const { out } = await image(['--env', 'sandbox', '--json'], { CDK_DEFAULT_ACCOUNT: '444444444444' });
  expect(JSON.parse(out)).toEqual({
    image: expect.stringMatching(/^444444444444\..*:amd64-[0-9a-f]{32}$/),
    source: 'built',
    architecture: 'amd64',
    outcome: null,
  });
});

test('writes what an engine builds from', async () => {
  const files = join(folder, 'files');
  expect(await image(['--env', 'dev', '--out', files])).toMatchObject({ code: 0, out: IMAGE });
  expect(readdirSync(files).sort()).toEqual(['Dockerfile', 'admin.js', 'api.js']);
});

test('builds with the local engine, logs it in, pushes, and logs it out', async () => {
  expect(await local()).toMatchObject({ code: 0, out: `${IMAGE} was built and pushed` });
  expect(log()).toEqual([
    `build --platform linux/amd64 --tag ${IMAGE} FOLDER`,
    'Dockerfile admin.js api.js',
    `login --username AWS --password-stdin ${REGISTRY}`,
    'password a-password',
    `push ${IMAGE}`,
    `logout ${REGISTRY}`,
  ]);
});

test('builds nothing where the registry has the tag', async () => {
  present = true;
  const { code, out } = await local({}, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ image: IMAGE, outcome: 'present' });
  expect(log).toThrow('ENOENT');
});

test('fails with what the engine said, and logs it out all the same', async () => {
  const { code, errors } = await local({ ENGINE_FAILS: 'push' });
  expect(code).toBe(1);
  expect(errors).toMatch(/docker push failed with exit code 3:\nno space left on device$/);
  expect(log().at(-1)).toBe(`logout ${REGISTRY}`);
});

test('says what to do without an engine, without a repository and without an environment', async () => {
  const missing = await image(['--env', 'dev', '--local', '--engine', 'no-such-engine']);
  expect(missing).toMatchObject({
    code: 1,
    errors: expect.stringMatching(/^no-such-engine is not on this machine; /),
  });
  ecr.failNext({ kind: 'answer', answer: json({ __type: 'RepositoryNotFoundException' }, 400) });
  expect(await local()).toMatchObject({
    code: 1,
    errors:
      'account 111111111111 has no repository llm-cost-ops-dev-api in us-east-1; the Cluster stack creates it: deploy first',
  });
  expect(await image([])).toMatchObject({ code: 1, errors: '--env <name> is needed; see --help' });
});
