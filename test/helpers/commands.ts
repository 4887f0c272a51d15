import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { main } from '../../bin/synth';
import { runMain } from './run-main';

/** The repository. */
export const ROOT = resolve(__dirname, '..', '..');

/** Runs `npm run synth` in this process. */
export async function synth(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const { errors, ...result } = await runMain(main, ...argv);
  return { ...result, err: errors.join('\n') };
}

/** Runs an installed program in `cwd` as a user would. */
export function command(cwd: string, program: string, ...args: string[]) {
  const path = join(cwd, 'node_modules', '.bin', program);
  const { status, stdout, stderr } = spawnSync(path, args, { cwd, encoding: 'utf8', timeout: 300_000 });
  return { status, stdout, stderr };
}

/** Every file below a folder with its content. */
export function contents(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length), readFileSync(path, 'utf8')]),
  );
}
