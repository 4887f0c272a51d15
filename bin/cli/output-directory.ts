import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { UsageError } from './command';
import { isRunning } from './running-process';

/**
 * Replaces a directory by one that `write` fills. The new one is written beside the old one and then renamed, so that
 * a reader never sees a part of it and a failure leaves the old one unchanged. Files that `write` does not write are
 * removed.
 * @param target directory to replace; need not exist
 * @param write fills the empty directory it is given
 * @returns what `write` returns
 */
export async function replaceDirectory<T>(
  target: string,
  write: (staging: string) => T | Promise<T>,
): Promise<T> {
  const directory = resolve(target);
  if (!relative(directory, process.cwd()).startsWith('..')) {
    throw new Error(`output directory must not hold the working directory, got ${target}`);
  }
  const beside = (suffix: string) =>
    join(dirname(directory), `.${basename(directory)}.${process.pid}.${suffix}.tmp`);
  const staging = beside('new');
  const previous = beside('old');
  await prepare(directory, staging);
  try {
    const written = await write(staging);
    await swap(directory, staging, previous);
    return written;
  } finally {
    await rm(staging, { recursive: true, force: true });
    await rm(previous, { recursive: true, force: true });
  }
}

/** Creates the staging directory beside the target. @throws UsageError where nothing can be written */
async function prepare(directory: string, staging: string): Promise<void> {
  try {
    await removeLeftovers(directory);
    await mkdir(staging, { recursive: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--out must lead to a directory that can be written, got ${directory} (${code})`, {
      cause: error,
    });
  }
}

/** Removes the temporary directories of runs that were killed. */
async function removeLeftovers(directory: string): Promise<void> {
  const parent = dirname(directory);
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent)) {
    const [, owner, pid] = /^\.(.+)\.(\d+)\.(?:new|old)\.tmp$/.exec(name) ?? [];
    if (owner === basename(directory) && !isRunning(Number(pid))) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
}

/** Puts `staging` in the place of `directory`; if that fails, the old directory is back. */
async function swap(directory: string, staging: string, previous: string): Promise<void> {
  const replaces = existsSync(directory);
  if (replaces) await rename(directory, previous);
  try {
    await rename(staging, directory);
  } catch (error) {
    if (replaces) await rename(previous, directory);
    throw error;
  }
}

/**
 * Keeps a mistyped `--out` from replacing a directory of something else.
 * @param isOurs whether the entries of a directory that is not empty show that the command wrote it
 * @throws UsageError where the directory has entries that the command did not write
 */
export function refuseForeignDirectory(
  directory: string,
  isOurs: (entries: readonly string[]) => boolean,
): void {
  if (!existsSync(directory)) return;
  const entries = statSync(directory).isDirectory() ? readdirSync(directory) : [directory];
  if (entries.length > 0 && !isOurs(entries)) {
    throw new UsageError(
      `--out must lead to an empty directory or to one that this command wrote, because it is replaced as a whole, got ${directory}`,
    );
  }
}
