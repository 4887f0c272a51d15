import { join, resolve } from 'node:path';
import { build } from 'esbuild';

/** A bundle. */
export interface ServiceBundle {
  /** Path of the file. */
  readonly file: string;
  readonly bytes: number;
}

/** Root of the repository. */
const ROOT = resolve(__dirname, '../..');

/** Entry points of the image. */
const ENTRIES = ['api', 'admin'] as const;

/** Bundles each entry point into a file that needs no `node_modules`. The same input gives the same bytes. */
export async function buildService(folder: string): Promise<ServiceBundle[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES.map((name) => `service/${name}.ts`),
    outdir: folder,
    bundle: true,
    // Identifiers stay: names of functions are what a CPU profile shows. (`keepNames` would keep them, too, and cost
    // a call for each closure that a request makes.)
    minifyWhitespace: true,
    minifySyntax: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    legalComments: 'none',
    // pg takes the native library only where somebody asks for it.
    external: ['pg-native'],
    metafile: true,
  });
  return Object.entries(metafile.outputs).map(([file, { bytes }]) => ({ file: join(ROOT, file), bytes }));
}
