import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderManifests } from '../../k8s/manifests';
import { STACK_IDS } from '../../lib/config/names';
import { contents, synth } from '../helpers/commands';
import { testConfig } from '../helpers/config';
import { outputsFile } from '../helpers/manifests';
import { platformTemplates } from '../helpers/templates';

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'synth-'));
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

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

  test('fails without touching what is there', async () => {
    const written = join(scratch, 'one'); // by the test before
    const before = contents(written);
    const outputs = join(scratch, 'empty.json');
    writeFileSync(outputs, '{}');
    const { code, err } = await synth('--env', 'dev', '--out', written, '--outputs', outputs);
    expect(code).toBe(1);
    expect(err.split('\n')).toHaveLength(8);
    expect(contents(written)).toEqual(before);
    expect(Object.keys(before)).toContain('/dev/kubernetes/kustomization.yaml');
  });

  test('clears away what a killed run left, nothing of a running one, and summarises for machines', async () => {
    const folder = join(scratch, 'killed');
    const gone = spawnSync(process.execPath, ['--version']).pid;
    for (const pid of [gone, process.ppid])
      mkdirSync(join(folder, `.dev.${pid}.new.tmp`), { recursive: true });
    const { out } = await synth('--env', 'dev', '--out', folder, '--json');
    expect(readdirSync(folder).sort()).toEqual([`.dev.${process.ppid}.new.tmp`, 'dev']);
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
    [['--env', 'nope'], 'env must be one of sandbox, dev, staging, prod, got "nope"'],
    [['--env', ''], 'env must be one of sandbox, dev, staging, prod, but none was given: add -c env=<name>'],
    [['--bogus'], "Unknown option '--bogus'; see --help"],
    [['--outputs', 'x.json'], '--outputs needs one --env, because it belongs to one environment'],
  ])('fails on %j', async (argv, message) => {
    expect(await synth(...argv)).toEqual({ code: 1, out: '', err: message });
  });

  test('fails rather than replace a folder of something else', async () => {
    mkdirSync(join(scratch, 'foreign', 'dev', 'kubernetes'), { recursive: true });
    writeFileSync(join(scratch, 'foreign', 'dev', 'kubernetes', 'hand.yaml'), 'precious');
    const { code, err } = await synth('--env', 'dev', '--out', join(scratch, 'foreign'));
    expect(code).toBe(1);
    expect(err).toMatch(/^--out must lead to an empty directory or to one that this command wrote/);
    expect(contents(join(scratch, 'foreign'))).toEqual({ '/dev/kubernetes/hand.yaml': 'precious' });
  });

  test('fails on a place where it cannot write', async () => {
    const file = join(scratch, 'file');
    writeFileSync(file, '');
    const { code, err } = await synth('--env', 'dev', '--out', file);
    expect({ code, err }).toEqual({
      code: 1,
      err: `--out must lead to a directory that can be written, got ${join(file, 'dev')} (ENOTDIR)`,
    });
  });

  test('renders the sound environments beside a wrong one, and still fails', async () => {
    const { code, out, err } = await synth('--env', 'nope', '--env', 'dev', '--out', join(scratch, 'mixed'));
    expect({ code, err }).toEqual({
      code: 1,
      err: 'env must be one of sandbox, dev, staging, prod, got "nope"',
    });
    expect(out).toContain('dev (account');
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
