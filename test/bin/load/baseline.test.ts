import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readBaseline, writeBaseline } from '../../../bin/load/baseline/baseline-file';
import { compareRatios } from '../../../bin/load/baseline/compare';
import { comparisonLines } from '../../../bin/load/baseline/comparison-table';
import { type PairedRun, type Ratios, ratiosOf } from '../../../bin/load/baseline/ratios';

/** Differences of five runs, as shares: some percent up and down. */
const SPREAD = [0.03, -0.02, 0.01, -0.03, 0.02];

interface Build {
  /** Speed of the machine: 2 takes twice as long for everything. */
  readonly machine?: number;
  /** How much longer the service takes than the first build did. */
  readonly slower?: number;
  /** Factor on the differences between runs. */
  readonly noise?: number;
}

/** Five runs of a build: it takes 1 ms of processor time a request, and the bare route 0.1 ms. */
function runsOf({ machine = 1, slower = 1, noise = 1 }: Build = {}): Ratios {
  const bare = (share: number) => ({
    requestMs: machine * (1 + share),
    processorMs: 0.1 * machine * (1 + share),
  });
  const runs = SPREAD.map((share, index): PairedRun => {
    const service = machine * slower * (1 + noise * share);
    return {
      before: bare((SPREAD[(index + 1) % 5] ?? 0) / 2),
      cost: { processorMs: service, p50Ms: 5 * service, p95Ms: 20 * service, cachedP50Ms: Number.NaN },
      after: bare((SPREAD[(index + 2) % 5] ?? 0) / 2),
    };
  });
  return ratiosOf(runs);
}

const slowerFigures = (now: Ratios, before = runsOf()) =>
  compareRatios(before, now)
    .filter(({ isSlower }) => isSlower)
    .map(({ name }) => name);

describe('a comparison', () => {
  test.each([
    ['the same build', {}, []],
    ['the same build on a machine that is three times as slow', { machine: 3 }, []],
    ['a build that is 8 % slower, which is within what two starts differ by', { slower: 1.08 }, []],
    ['a build that is 25 % slower', { slower: 1.25 }, ['processor', 'p50', 'p95']],
    [
      'a build that is 25 % slower, on a faster machine',
      { slower: 1.25, machine: 0.4 },
      ['processor', 'p50', 'p95'],
    ],
    // Would be slower if the runs agreed.
    ['a build that is 25 % slower, with runs that differ by as much', { slower: 1.25, noise: 10 }, []],
    ['a faster build', { slower: 0.5 }, []],
  ])('of %s finds slower: %#', (_, build, expected) => {
    expect(slowerFigures(runsOf(build))).toEqual(expected);
  });

  test('says by how much, and what the noise is', () => {
    const [processor] = compareRatios(runsOf(), runsOf({ slower: 1.25 }));
    expect(processor).toMatchObject({
      name: 'processor',
      before: expect.closeTo(10, 1),
      now: expect.closeTo(12.5, 1),
      slowerPercent: expect.closeTo(25, 6),
      noisePercent: expect.closeTo(10, 1),
    });
    expect(comparisonLines([processor as never]).at(-1)).toMatch(/^Slower than the baseline: processor time/);
    expect(comparisonLines(compareRatios(runsOf(), runsOf())).at(-1)).toBe('Not slower than the baseline.');
  });

  test('leaves out what only one of the two has', () => {
    expect(compareRatios(runsOf(), runsOf()).map(({ name }) => name)).toEqual(['processor', 'p50', 'p95']);
  });

  test('never takes a bigger slowdown for a smaller one', () => {
    const slowdown = fc.double({ min: 1, max: 3, noNaN: true });
    fc.assert(
      fc.property(slowdown, slowdown, (one, other) => {
        const count = (slower: number) => slowerFigures(runsOf({ slower })).length;
        expect(count(Math.max(one, other))).toBeGreaterThanOrEqual(count(Math.min(one, other)));
      }),
    );
  });
});

describe('a baseline', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'baseline-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const plan = { scenario: 'load', seconds: 20, rampSeconds: null };
  const content = () => ({
    measuredAt: '2026-01-01T00:00:00.000Z',
    plan,
    ratios: Object.fromEntries(
      Object.entries(runsOf()).map(([name, values]) => [name, [...values]]),
    ) as never,
  });

  test('is read as it was written, also where a figure is not known', () => {
    const file = join(folder, 'new', 'baseline.json');
    writeBaseline(file, content());
    expect(readBaseline(file, plan)).toEqual(content());
  });

  test.each([
    ['there is none', undefined, plan, /there is no baseline at .*: measure one with --save first/],
    ['it is no JSON', '{', plan, /is no baseline of this version: measure one with --save again/],
    ['it has other fields', '{"plan":{}}', plan, /is no baseline of this version/],
  ])('fails where %s', (_, text, now, message) => {
    const file = join(folder, 'baseline.json');
    if (text !== undefined) writeFileSync(file, text);
    expect(() => readBaseline(file, now)).toThrow(message);
  });

  test('fails for another load, and says what differs', () => {
    const file = join(folder, 'baseline.json');
    writeBaseline(file, content());
    expect(() => readBaseline(file, { ...plan, seconds: 30, RPS: '200' })).toThrow(
      'the baseline is of another load: seconds was 20 and is 30, RPS was undefined and is 200',
    );
    expect(readFileSync(file, 'utf8')).toMatch(/"processor"/);
  });
});
