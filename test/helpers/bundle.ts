import { buildSync } from 'esbuild';
import { ROOT } from './commands';

export const BANNER =
  "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);";

/**
 * Bundles a handler with the options of lib/constructs/functions/node-function.ts; gives the files that are in it.
 * @param entry from the root of the repository
 */
export function bundleHandler(entry: string, outfile: string): string[] {
  const { metafile } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    banner: { js: BANNER },
    legalComments: 'none',
    metafile: true,
  });
  return Object.keys(metafile.inputs);
}
