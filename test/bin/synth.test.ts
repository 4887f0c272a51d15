import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { main } from '../../bin/synth';
import { renderManifests } from '../../k8s/manifests';
import { STACK_IDS } from '../../lib/config/names';
import { testConfig } from '../helpers/config';
import { outputsFile } from '../helpers/manifests';
import { platformTemplates } from '../helpers/templates';

const ROOT = resolve(__dirname, '..', '..');

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'synth-'));
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

/** Runs the command in this process. */
async function synth(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(argv, { print: (line) => out.push(line), printError: (line) => err.push(line) });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

/** Runs a program in `cwd` as a user would. */
function command(cwd: string, program: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 60_000 });
  return { status, stdout, stderr };
}

/** Every file below a folder with its content. */
function contents(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length), readFileSync(path, 'utf8')]),
  );
}

describe('npm run synth', () => {
  test('writes templates and manifests of one environment and says what it wrote', async () => {
    const { code, out, err } = await synth('--env', 'dev', '--out', join(scratch, 'one'));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('dev (account 111111111111)');
    expect(out).toContain('llm-cost-ops-dev-network');
    const files = Object.keys(contents(join(scratch, 'one', 'dev')));
    expect(files).toEqual(
      expect.arrayContaining(STACK_IDS.map((id) => `/cloudformation/${id}.template.json`)),
    );
    expect(files).toContain('/kubernetes/kustomization.yaml');
  });

  test('summarises for machines', async () => {
    const { out } = await synth('--env', 'dev', '--out', join(scratch, 'json'), '--json');
    expect(JSON.parse(out)).toEqual([
      expect.objectContaining({
        environment: 'dev',
        account: '111111111111',
        stacks: STACK_IDS.map((id) => expect.objectContaining({ id, resources: expect.any(Number) })),
        kubernetes: expect.objectContaining({ files: expect.arrayContaining(['kustomization.yaml']) }),
      }),
    ]);
  });

  test('prints its usage', async () => {
    const { code, out } = await synth('--help');
    expect(code).toBe(0);
    expect(out).toContain('--env <name>');
  });

  test('binds pods to the deployed target group when given outputs', async () => {
    const file = join(scratch, 'outputs.json');
    writeFileSync(file, JSON.stringify(outputsFile('dev')));
    const { code, out } = await synth('--env', 'dev', '--out', join(scratch, 'outputs'), '--outputs', file);
    expect(code).toBe(0);
    expect(out).not.toContain('Warning');
    expect(
      contents(join(scratch, 'outputs', 'dev'))['/kubernetes/configmap.llm-cost-ops-api-endpoints.yaml'],
    ).toContain('DATABASE_HOST');
  });

  test.each([
    [['--env', 'nope'], 'env must be one of dev, staging, prod, got "nope"'],
    [['--env', ''], 'env must be one of dev, staging, prod, but none was given: add -c env=<name>'],
    [['--bogus'], "Unknown option '--bogus'; see --help"],
    [['--outputs', 'x.json'], '--outputs needs one --env, for it belongs to one environment'],
  ])('fails on %j', async (argv, message) => {
    expect(await synth(...argv)).toEqual({ code: 1, out: '', err: message });
  });

  test('fails without touching what is there', async () => {
    const target = join(scratch, 'kept', 'dev', 'kubernetes');
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, 'old.yaml'), 'old');
    const outputs = join(scratch, 'empty.json');
    writeFileSync(outputs, '{}');
    const { code, err } = await synth('--env', 'dev', '--out', join(scratch, 'kept'), '--outputs', outputs);
    expect(code).toBe(1);
    expect(err.split('\n')).toHaveLength(3);
    expect(contents(join(scratch, 'kept'))).toEqual({ '/dev/kubernetes/old.yaml': 'old' });
  });

  test('fails rather than replace a folder of something else', async () => {
    mkdirSync(join(scratch, 'foreign', 'dev'), { recursive: true });
    writeFileSync(join(scratch, 'foreign', 'dev', 'thesis.txt'), 'precious');
    const { code, err } = await synth('--env', 'dev', '--out', join(scratch, 'foreign'));
    expect(code).toBe(1);
    expect(err).toMatch(/^--out must lead to an empty directory or to one that this command wrote/);
    expect(contents(join(scratch, 'foreign'))).toEqual({ '/dev/thesis.txt': 'precious' });
  });

  test('renders the sound environments beside a wrong one, and still fails', async () => {
    const { code, out, err } = await synth('--env', 'nope', '--env', 'dev', '--out', join(scratch, 'mixed'));
    expect({ code, err }).toEqual({ code: 1, err: 'env must be one of dev, staging, prod, got "nope"' });
    expect(out).toContain('dev (account');
  });
});

describe('rendering is deterministic', () => {
  test('from another clone, byte for byte', () => {
    const clone = join(scratch, 'elsewhere', 'clone');
    mkdirSync(clone, { recursive: true });
    for (const name of ['bin', 'lib', 'k8s', 'docs', 'cdk.json', 'package.json', 'tsconfig.json']) {
      cpSync(join(ROOT, name), join(clone, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
    const out = join(scratch, 'here');
    const run = (cwd: string, ...args: string[]) =>
      command(cwd, 'npm', 'run', 'synth', '--', '--env', 'prod', ...args);
    expect(run(ROOT, '--out', out).status).toBe(0);
    expect(run(clone).status).toBe(0);
    expect(contents(join(clone, 'dist', 'prod'))).toEqual(contents(join(out, 'prod')));
  });
});

describe('npx cdk', () => {
  const cdk = (...args: string[]) =>
    command(ROOT, 'npx', 'cdk', '--output', join(scratch, 'cdk.out'), ...args);

  test('synthesizes what npm run synth writes', () => {
    expect(cdk('synth', '--quiet', '-c', 'env=dev')).toMatchObject({ status: 0 });
    const out = join(scratch, 'compare');
    execFileSync('npm', ['run', 'synth', '--', '--env', 'dev', '--out', out], { cwd: ROOT, stdio: 'pipe' });
    for (const id of STACK_IDS) {
      const read = (folder: string) => JSON.parse(readFileSync(join(folder, `${id}.template.json`), 'utf8'));
      expect(read(join(scratch, 'cdk.out'))).toEqual(read(join(out, 'dev', 'cloudformation')));
    }
  });

  test.each([
    [['-c', 'env=nope'], 'env must be one of dev, staging, prod, got "nope"'],
    [[], 'env must be one of dev, staging, prod, but none was given: add -c env=<name>'],
  ])('fails with the valid names on %j', (args, message) => {
    const { status, stderr } = cdk('synth', ...args);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('node:internal');
  });
});

test('another host for the web application changes the stacks that know it, and nothing else', () => {
  const overrides = { domain: { app: 'web.example.com' } };
  const before = platformTemplates();
  const after = platformTemplates(overrides);
  const changed = STACK_IDS.filter(
    (id) => JSON.stringify(before[id].toJSON()) !== JSON.stringify(after[id].toJSON()),
  );
  expect(changed).toEqual(['Ingress', 'Cdn']);
  expect(renderManifests(testConfig(overrides))).toEqual(renderManifests(testConfig()));
});
