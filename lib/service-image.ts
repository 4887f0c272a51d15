import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { ENTRY_POINTS } from '../service/contract';
import type { ImageArchitecture, ResolvedImage } from './config/environment-config';

/** A file that an image is built from. */
export interface ImageFile {
  /** Name in the folder that the image is built from. */
  readonly name: string;
  /** Its bytes. */
  readonly content: Uint8Array;
}

/** Root of the repository. */
const ROOT = resolve(__dirname, '..');

/** Folder of the service's sources and of its Dockerfile. */
export const SERVICE_FOLDER = join(ROOT, 'service');

const DOCKERFILE = 'Dockerfile';

/** Characters of the hash in a tag, 128 bits. */
const HASH_CHARACTERS = 32;

/** What `imageFiles` has built; the sources of a process do not change. */
let built: readonly ImageFile[] | undefined;

/**
 * Bundles each entry point of the service into a file that needs no `node_modules`. The same sources and packages give
 * the same bytes in every folder.
 */
export function bundleService(): ImageFile[] {
  const { outputFiles } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: Object.values(ENTRY_POINTS).map((file) => `service/${file.replace(/\.js$/, '.ts')}`),
    outdir: 'bundles',
    write: false,
    bundle: true,
    // Identifiers stay: names of functions are what a CPU profile shows. (`keepNames` would keep them, too, and cost
    // a call for each closure that a request makes.)
    minifyWhitespace: true,
    minifySyntax: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    legalComments: 'none',
    // Modules are named by their path below the repository, also where node_modules is a link to somewhere else.
    preserveSymlinks: true,
    // pg takes the native library only where somebody asks for it.
    external: ['pg-native'],
  });
  return Object.values(ENTRY_POINTS).map((name) => {
    const file = outputFiles.find(({ path }) => path.endsWith(join('bundles', name)));
    if (file === undefined) throw new Error(`esbuild wrote no ${name}`);
    return { name, content: file.contents };
  });
}

/** All that the image is built from beside its base: service/Dockerfile and the bundles. Built once in a process. */
export function imageFiles(): readonly ImageFile[] {
  built ??= [
    { name: DOCKERFILE, content: readFileSync(join(SERVICE_FOLDER, DOCKERFILE)) },
    ...bundleService(),
  ];
  return built;
}

/**
 * The tag of an image: its architecture and a hash of all that it is built from. The Dockerfile names the base, so that
 * another base is another tag.
 * @returns such as `arm64-0123456789abcdef0123456789abcdef`
 */
export function imageTag(architecture: ImageArchitecture, files = imageFiles()): string {
  const hash = createHash('sha256');
  for (const { name, content } of [...files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    // The length keeps bytes from moving between files unnoticed.
    hash.update(`${name} ${content.length}\n`).update(content);
  }
  return `${architecture}-${hash.digest('hex').slice(0, HASH_CHARACTERS)}`;
}

/** Writes the folder that an image is built from: nothing else is in it, so it needs no .dockerignore. */
export function writeImageFiles(folder: string, files = imageFiles()): void {
  for (const { name, content } of files) writeFileSync(join(folder, name), content);
}

/**
 * The same, for an image whose tag others have been told.
 * @throws Error where the tag is not that of the content
 */
export function writeTaggedImageFiles(folder: string, { architecture, tag }: ResolvedImage): void {
  const expected = imageTag(architecture);
  if (tag !== expected) {
    throw new Error(
      `workload.image.tag must be ${expected} (the content of the image), got ${tag}: render with npm run synth, npm run deploy or npx cdk`,
    );
  }
  writeImageFiles(folder);
}
