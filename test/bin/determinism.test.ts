import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, contents, ROOT, synth } from '../helpers/commands';

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
  for (const name of ['bin', 'lib', 'k8s', 'lambda', 'docs', ...files]) {
    cpSync(join(ROOT, name), join(path, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(path, 'node_modules'));
  return path;
}

test('rendering twice, here and from another clone, gives the same bytes', () => {
  const there = clone();
  const here = join(scratch, 'here');
  const render = (cwd: string, ...args: string[]) =>
    command(cwd, 'tsx', 'bin/synth.ts', '--env', 'prod', ...args);
  expect(render(ROOT, '--out', here)).toMatchObject({ status: 0 });
  expect(render(there)).toMatchObject({ status: 0 });
  expect(contents(join(there, 'dist', 'prod'))).toEqual(contents(join(here, 'prod')));
});

test('rendering over old output gives the same bytes', async () => {
  const out = join(scratch, 'again');
  const rendered: Record<string, string>[] = [];
  // In a loop: the assembly's stack traces reach up to this line.
  for (let round = 0; round < 2; round += 1) {
    expect((await synth('--env', 'dev', '--out', out)).code).toBe(0);
    rendered.push(contents(out));
  }
  expect(rendered[1]).toEqual(rendered[0]);
});
