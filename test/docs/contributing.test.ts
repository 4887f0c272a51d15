import { readPage } from './pages';

/** Recipes of the page by their heading. */
const recipes = new Map(
  readPage('docs/CONTRIBUTING.md')
    .split(/^## /m)
    .slice(1)
    .map((section) => [String(section.split('\n')[0]), section]),
);

const STEP = /^\d+\. .*$/gm;

test.each(['stack', 'chart', 'knob', 'alarm', 'migration'])(
  'the recipe for a %s has numbered steps, and names its code, its tests and its page',
  (thing) => {
    const recipe = recipes.get(`Add a${thing === 'alarm' ? 'n' : ''} ${thing}`) ?? '';
    const steps = [...recipe.matchAll(STEP)].join('\n');
    for (const folder of [/`(lib|k8s|lambda)\/[^`]+`/, /`test\/[^`]+\.test\.ts`/, /`docs\/[\w-]+\.md`/]) {
      expect(steps).toMatch(folder);
    }
  },
);

test('the README is at most 130 lines', () => {
  expect(readPage('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(130);
});
