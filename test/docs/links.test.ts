import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { PAGES, ROOT, readPage } from './pages';

/** The page's text without code. */
const prose = (page: string) =>
  readPage(page)
    .replace(/```[\s\S]*?```/g, '')
    .replace(/`[^`]*`/g, (code) => code.replace(/[[\]()]/g, ''));

/** Anchors that a page's headings have. */
const anchorsOf = (page: string) =>
  [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    String(heading)
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replaceAll(' ', '-'),
  );

/** Links of a page that lead nowhere. */
function brokenLinks(page: string): string[] {
  return [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => String(target))
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path));
      if (!existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).includes(anchor);
    });
}

test.each(PAGES)('%s leads only to pages and headings that are there', (page) => {
  expect(brokenLinks(page)).toEqual([]);
});
