import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundleService, writeImageFiles } from '../../lib/service-image';

/** A bundle. */
export interface ServiceBundle {
  /** Path of the file. */
  readonly file: string;
  readonly bytes: number;
}

/** Bundles each entry point into a file that needs no `node_modules`. The same input gives the same bytes. */
export async function buildService(folder: string): Promise<ServiceBundle[]> {
  const bundles = bundleService();
  mkdirSync(folder, { recursive: true });
  writeImageFiles(folder, bundles);
  return bundles.map(({ name, content }) => ({ file: join(folder, name), bytes: content.length }));
}
