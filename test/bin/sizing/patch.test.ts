import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { editKnobs } from '../../../bin/sizing/patch/edit-knobs';
import { unifiedDiff } from '../../../bin/sizing/patch/unified-diff';

const SOURCE = `/** The environments: { not this }. */
export const environments: Readonly<Record<string, Config>> = {
  dev: {
    // A comment, with a comma: { and a brace.
    database: { class: 'a, b', size: 20 }, // after it
    cache: {},
    autoscaling: {
      hpa: { min: 1, max: 2 },
    },
  },

  'prod-eu': {
    database: { class: 'x' },
    /** Last. */
    budget: 4000
  },
};
`;

const folder = mkdtempSync(join(tmpdir(), 'sizing-patch-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['dev', 'database.size', 50, "database: { class: 'a, b', size: 50 }, // after it"],
  ['dev', 'database.class', 'c', "database: { class: 'c', size: 20 }, // after it"],
  ['dev', 'database.iops', 12_000, "database: { class: 'a, b', size: 20, iops: 12_000 }, // after it"],
  ['dev', 'cache.shards', 2, 'cache: { shards: 2 },'],
  ['dev', 'autoscaling.hpa.max', null, 'hpa: { min: 1, max: null },'],
  ['dev', 'autoscaling.vpa.mode', 'Off', "      vpa: { mode: 'Off' },\n    },"],
  ['dev', 'gateway.a.b', 1, '    gateway: { a: { b: 1 } },\n  },\n'],
  ['prod-eu', 'database.class', 'y', "database: { class: 'y' },"],
  ['prod-eu', 'budget', 5000, 'budget: 5000\n'],
  ['prod-eu', 'gateway.b', 1, '    budget: 4000,\n    gateway: { b: 1 },\n  },\n'],
])('%s: %s becomes %j', (environment, path, to, expected) => {
  const edited = editKnobs(SOURCE, environment, [{ path, to }]);
  expect(edited).toContain(expected);
  // Nothing but the knob's line differs, or lines were added for it.
  const kept = SOURCE.split('\n').filter((line) => edited.split('\n').includes(line));
  expect(kept.length).toBeGreaterThanOrEqual(SOURCE.split('\n').length - 1);
});

test.each([
  ['another environment', SOURCE, 'qa', 'a', 'lib/config/environments.ts must have the environment qa'],
  [
    'another form',
    'const x = 1;',
    'dev',
    'a',
    'lib/config/environments.ts must have `export const environments = {`',
  ],
  [
    'a value that is no object',
    SOURCE,
    'prod-eu',
    'budget.monthly',
    'budget in lib/config/environments.ts must be an object that is written out there',
  ],
])('%s is refused', (_, source, environment, path, message) => {
  expect(() => editKnobs(source, environment, [{ path, to: 1 }])).toThrow(message);
});

/** A text after a patch of `git apply`. */
function applied(before: string, patch: string): string {
  const file = join(folder, 'lib/config/file.ts');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, before);
  const { status, stderr } = spawnSync('git', ['apply', '-'], {
    cwd: folder,
    input: patch,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return readFileSync(file, 'utf8');
}

describe('a patch', () => {
  test('is empty where nothing changes', () => {
    expect(unifiedDiff('a', SOURCE, SOURCE)).toBe('');
  });

  test('is taken by git apply', () => {
    const after = editKnobs(SOURCE, 'dev', [
      { path: 'database.size', to: 50 },
      { path: 'gateway.b', to: 1 },
    ]);
    expect(applied(SOURCE, unifiedDiff('lib/config/file.ts', SOURCE, after))).toBe(after);
  });

  test('is taken by git apply whatever changes', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(lines, lines, (one, other) => {
        const [before, after] = [one, other].map((list) => `${list.join('\n')}\n`) as [string, string];
        fc.pre(before !== after);
        expect(applied(before, unifiedDiff('lib/config/file.ts', before, after))).toBe(after);
      }),
      { numRuns: 25 },
    );
  });
});
