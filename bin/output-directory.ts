import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';

/**
 * Replaces a directory by one that `write` fills: written beside it, then renamed into its place, so that a
 * reader never sees half of it and a failure leaves the old one as it was. Files that `write` does not write
 * are gone afterwards.
 * @param target directory to replace; need not exist
 * @param write fills the empty directory it is given
 */
export async function replaceDirectory(
  target: string,
  write: (staging: string) => void | Promise<void>,
): Promise<void> {
  const directory = resolve(target);
  if (!relative(directory, process.cwd()).startsWith('..')) {
    throw new Error(`output directory must not hold the working directory, got ${target}`);
  }
  const beside = (suffix: string) =>
    join(dirname(directory), `.${basename(directory)}.${process.pid}.${suffix}.tmp`);
  const staging = beside('new');
  const previous = beside('old');
  try {
    await mkdir(staging, { recursive: true });
    await write(staging);
    await swap(directory, staging, previous);
  } finally {
    await rm(staging, { recursive: true, force: true });
    await rm(previous, { recursive: true, force: true });
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
