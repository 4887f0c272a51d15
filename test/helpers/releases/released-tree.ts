import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '..', '..', '..');

/** The files of a commit in a temporary folder, with this repository's node_modules. */
export interface ReleasedTree {
  readonly folder: string;
  /** Runs one of its commands, such as `bin/synth.ts`. @throws Error with its output where it fails */
  run(entry: string, ...argv: string[]): Promise<void>;
  remove(): void;
}

/**
 * Exports a commit. Its packages are today's: versions are pinned, and what a former state needs of them has stayed. A
 * state that today's packages cannot run fails here, with the command's words.
 */
export function releasedTree(revision: string): ReleasedTree {
  const folder = mkdtempSync(join(tmpdir(), 'released-'));
  const archive = join(folder, 'tree.tar');
  execFileSync('git', ['archive', '--format=tar', '-o', archive, revision], { cwd: ROOT });
  execFileSync('tar', ['-xf', archive, '-C', folder]);
  rmSync(archive);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    run: (entry, ...argv) => runTypeScript(folder, entry, ...argv),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Runs a TypeScript file of a checkout as npm scripts do. @throws Error with its output where it fails */
export async function runTypeScript(folder: string, entry: string, ...argv: string[]): Promise<void> {
  const tsx = join(dirname(require.resolve('tsx/package.json')), 'dist', 'cli.mjs');
  await promisify(execFile)(process.execPath, [tsx, entry, ...argv], { cwd: folder, maxBuffer: 10_000_000 });
}
