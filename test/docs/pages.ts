import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Root of the repository. */
export const ROOT = join(__dirname, '..', '..');

function pagesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return pagesIn(path);
    return path.endsWith('.md') ? [path] : [];
  });
}

/** The README and every page of docs/, as paths from the root. */
export const PAGES: readonly string[] = ['README.md', ...pagesIn('docs')];

/** The text of a page. */
export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}
