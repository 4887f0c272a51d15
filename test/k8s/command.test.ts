import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../bin/charts';
import { replaceDirectory } from '../../bin/cli/output-directory';
import { outputsFile } from '../helpers/manifests';
import { runMain } from '../helpers/run-main';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'charts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (...argv: string[]) => runMain(main, ...argv);

describe('npm run charts', () => {
  it('writes the manifests of one environment and replaces what was there', async () => {
    const out = join(folder, 'kubernetes');
    mkdirSync(out);
    writeFileSync(
      join(out, 'kustomization.yaml'),
      'resources: [deployment.llm-cost-ops-api.yaml, stale.yaml]',
    );
    writeFileSync(join(out, 'stale.yaml'), '');
    const { code, errors } = await run('--env', 'dev', '--out', out);
    expect({ code, errors }).toEqual({ code: 0, errors: [] });
    expect(readdirSync(out)).toContain('deployment.llm-cost-ops-api.yaml');
    expect(readdirSync(out)).not.toContain('stale.yaml');
    expect(readdirSync(folder)).toEqual(['kubernetes']);
  });

  it('reads the outputs of a deployment', async () => {
    const out = join(folder, 'kubernetes');
    const file = join(folder, 'cdk-outputs.json');
    writeFileSync(file, JSON.stringify(outputsFile('dev')));
    const { code, out: text } = await run('--env', 'dev', '--out', out, '--outputs', file, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(text)).toEqual([
      { environment: 'dev', directory: out, files: expect.any(Array), warnings: [] },
    ]);
    expect(readFileSync(join(out, 'configmap.llm-cost-ops-api-endpoints.yaml'), 'utf8')).toContain(
      'DATABASE_HOST: llm-cost-ops.proxy-abc123',
    );
  });

  it('explains itself', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('kubectl apply -k') });
  });

  it.each([
    [
      'an unknown environment',
      ['--env', 'nope'],
      'env must be one of sandbox, dev, staging, prod, got "nope"',
    ],
    ['an unknown option', ['--bogus'], "Unknown option '--bogus'; see --help"],
    ['--out for all environments', ['--out', 'x'], '--out needs --env'],
    [
      'an outputs file that is not there',
      ['--env', 'dev', '--outputs', 'no.json'],
      '--outputs must be a JSON',
    ],
    [
      'a directory of something else',
      ['--env', 'dev', '--out', 'lib'],
      '--out must lead to an empty directory',
    ],
  ])('fails with %s', async (_, argv, message) => {
    const { code, errors } = await run(...argv);
    expect({ code, errors }).toEqual({ code: 1, errors: [expect.stringContaining(message)] });
  });

  it('fails with outputs of another environment, a line each, and writes nothing', async () => {
    const file = join(folder, 'cdk-outputs.json');
    const out = join(folder, 'kubernetes');
    writeFileSync(file, JSON.stringify(outputsFile('dev')));
    const { code, errors } = await run('--env', 'prod', '--out', out, '--outputs', file);
    expect({ code, lines: errors.length }).toEqual({ code: 1, lines: 8 });
    expect(existsSync(out)).toBe(false);
  });
});

describe('replaceDirectory', () => {
  it('leaves the old directory as it was when writing fails', async () => {
    const target = join(folder, 'out');
    mkdirSync(target);
    writeFileSync(join(target, 'old'), 'kept');
    const failing = replaceDirectory(target, (staging) => {
      writeFileSync(join(staging, 'half'), '');
      throw new Error('disk full');
    });
    await expect(failing).rejects.toThrow('disk full');
    expect(readdirSync(target)).toEqual(['old']);
    expect(readdirSync(folder)).toEqual(['out']);
  });

  it('makes missing parents', async () => {
    const target = join(folder, 'a', 'b');
    await replaceDirectory(target, async (staging) => writeFileSync(join(staging, 'file'), 'new'));
    expect(readdirSync(target)).toEqual(['file']);
  });

  it.each(['.', '..', '/'])('throws on a directory that holds the working directory: %s', async (target) => {
    await expect(replaceDirectory(target, () => {})).rejects.toThrow('must not hold the working directory');
  });
});
