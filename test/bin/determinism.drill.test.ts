import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, contents, ROOT } from '../helpers/commands';

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'determinism-'));
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

/** A copy of what renders, in another place. */
function clone(): string {
  const path = join(scratch, 'elsewhere', 'clone');
  mkdirSync(path, { recursive: true });
  const files = ['cdk.json', 'package.json', 'package-lock.json', 'tsconfig.json'];
  for (const name of ['bin', 'lib', 'k8s', 'lambda', 'service', 'docs', ...files]) {
    cpSync(join(ROOT, name), join(path, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(path, 'node_modules'));
  return path;
}

const render = (cwd: string, ...args: string[]) =>
  command(cwd, 'tsx', 'bin/synth.ts', '--env', 'dev', ...args);

test('rendering from another clone, and over its output here, gives the same bytes', () => {
  const there = clone();
  expect(render(there)).toMatchObject({ status: 0 });
  const rendered = contents(join(there, 'dist', 'dev'));
  const here = join(scratch, 'here');
  cpSync(join(there, 'dist'), here, { recursive: true });
  expect(render(ROOT, '--out', here)).toMatchObject({ status: 0 });
  expect(contents(join(here, 'dev'))).toEqual(rendered);
  expect(Object.keys(rendered)).toContain('/kubernetes/kustomization.yaml');
});
