import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PAGES, ROOT, readPage } from './pages';

/** Folders of the repository that pages name files of. */
const FOLDERS = ['.ci', 'bin', 'docs', 'k8s', 'lambda', 'lib', 'service', 'test'].filter((folder) =>
  existsSync(join(ROOT, folder)),
);

/** Files in them, as paths from the root. */
const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
);

/** The changelog also names files of earlier versions. */
const TODAY = PAGES.filter((page) => page !== 'docs/CHANGELOG.md');

/** A code span that names a file or folder of the repository: from the root, or a source file by its name alone. */
const FROM_ROOT = /^(?:\.ci|bin|docs|k8s|lambda|lib|service|test)\/\S*$/;
const BY_NAME = /^[\w-]+\.(?:ts|sql|mjs)$/;

/**
 * Whether the repository has the path. `<name>` and `NNNN` stand for any word and any four digits: at least one
 * file has to fit, so that a recipe for new files names a folder and a form that exist.
 */
function exists(path: string): boolean {
  const escaped = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = escaped.replace(/<[\w-]+>/g, '[\\w-]+').replace(/NNNN/g, '\\d{4}');
  const whole = new RegExp(path.endsWith('/') ? `^${pattern}` : `^${pattern}(?:/|$)`);
  return files.some((file) => whole.test(FROM_ROOT.test(path) ? file : basename(file)));
}

/** Paths in the code spans of a page that lead nowhere. */
function missingPaths(text: string): string[] {
  const spans = [...text.replace(/```[\s\S]*?```/g, '').matchAll(/`([^`]+)`/g)].map(([, span]) =>
    String(span),
  );
  return spans.filter((span) => (FROM_ROOT.test(span) || BY_NAME.test(span)) && !exists(span));
}

test.each(TODAY)('%s names only files that exist', (page) => {
  expect(missingPaths(readPage(page))).toEqual([]);
});

test.each([
  ['`lib/stacks/chache-stack.ts`', ['lib/stacks/chache-stack.ts']],
  ['`lib/stacks/`, `lib/stacks` and `cache-stack.ts`', []],
  ['`lib/stack/`', ['lib/stack/']],
  ['`forecast-model.ts`', ['forecast-model.ts']],
  ['`lambda/database/migrations/NNNN_<name>.sql`', []],
  ['`lambda/database/migration/NNNN_<name>.sql`', ['lambda/database/migration/NNNN_<name>.sql']],
])('%s: missing are %j', (text, missing) => {
  expect(missingPaths(text)).toEqual(missing);
});
