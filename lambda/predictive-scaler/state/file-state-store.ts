import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open, seal } from './envelope';
import type { StateStore, StoredState } from './state-store';

/**
 * Keeps each workload's state in a file, for runs on a laptop. A file is never partial: it is written under another
 * name and renamed. Two concurrent writers may both report success.
 */
export class FileStateStore implements StateStore {
  constructor(private readonly folder: string) {}

  async load(name: string): Promise<StoredState> {
    const sealed = await this.read(name);
    if (!sealed) return { bytes: undefined, etag: undefined, reason: 'no state is stored yet' };
    const etag = etagOf(sealed);
    const opened = open(sealed);
    return 'state' in opened ? { bytes: opened.state, etag } : { bytes: undefined, etag, ...opened };
  }

  async save(name: string, bytes: Uint8Array, etag: string | undefined): Promise<'saved' | 'conflict'> {
    const present = await this.read(name);
    if ((present && etagOf(present)) !== etag) return 'conflict';
    await mkdir(this.folder, { recursive: true });
    const temporary = join(this.folder, `.${randomUUID()}.writing`);
    try {
      await writeFile(temporary, seal(bytes), { flush: true });
      await rename(temporary, this.pathOf(name));
    } finally {
      await rm(temporary, { force: true });
    }
    return 'saved';
  }

  private async read(name: string): Promise<Buffer | undefined> {
    try {
      return await readFile(this.pathOf(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  private pathOf(name: string): string {
    return join(this.folder, `${encodeURIComponent(name)}.state`);
  }
}

function etagOf(sealed: Buffer): string {
  return createHash('sha256').update(sealed).digest('hex');
}
