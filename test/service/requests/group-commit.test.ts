import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { GroupCommit, QueueFullError, spacingMs } from '../../../service/requests/write/group-commit';

/** A unit of the tests. */
interface Unit {
  readonly name: number;
  readonly rows: number;
  readonly bytes: number;
}

const unit = (name: number, rows = 1, bytes = 1): Unit => ({ name, rows, bytes });

/** A group whose commits take a time and are remembered. */
function group(
  options: {
    milliseconds?: number;
    fail?: (units: readonly Unit[]) => boolean;
    concurrency?: number;
    maxWaitingBytes?: number;
  } = {},
) {
  const commits: (readonly Unit[])[] = [];
  let [underWay, most] = [0, 0];
  const commit = new GroupCommit<Unit, number>({
    commit: async (units) => {
      commits.push(units);
      underWay += 1;
      most = Math.max(most, underWay);
      await sleep(options.milliseconds ?? 1);
      underWay -= 1;
      if (options.fail?.(units)) throw new Error('the database is away');
      return units.map(({ name }) => (name < 0 ? new RangeError(`refused ${name}`) : name * 10));
    },
    sizeOf: ({ rows, bytes }) => ({ rows, bytes }),
    ...{ maxRows: 10, maxBytes: 100, concurrency: options.concurrency ?? 2 },
    ...(options.maxWaitingBytes === undefined ? {} : { maxWaitingBytes: options.maxWaitingBytes }),
  });
  return { commit, commits, mostAtOnce: () => most };
}

describe('a group commit', () => {
  test('commits a single unit at once and callers of the same turn together', async () => {
    const { commit, commits } = group();
    expect(await commit.add(unit(1))).toBe(10);
    expect(await Promise.all([commit.add(unit(2)), commit.add(unit(3))])).toEqual([20, 30]);
    expect(commits.map((units) => units.length)).toEqual([1, 2]);
  });

  test('lets callers gather while a transaction is under way', async () => {
    const { commit, commits } = group({ milliseconds: 30, concurrency: 1 });
    const first = commit.add(unit(0));
    await sleep(1);
    const others = Array.from({ length: 5 }, (_, name) => commit.add(unit(name + 1)));
    await Promise.all([first, ...others]);
    expect(commits.map((units) => units.length)).toEqual([1, 5]);
  });

  test('refuses what would make too much wait, and takes more when less waits', async () => {
    const { commit, commits } = group({ milliseconds: 30, concurrency: 1, maxWaitingBytes: 300 });
    const first = commit.add(unit(0));
    await sleep(1);
    // A unit above the bound is taken where none waits.
    const large = commit.add(unit(1, 1, 301));
    await expect(commit.add(unit(2))).rejects.toThrow(QueueFullError);
    await Promise.all([first, large]);
    expect(await commit.add(unit(3, 1, 300))).toBe(30);
    expect(commits.flat().map(({ name }) => name)).toEqual([0, 1, 3]);
  });

  test('begins a second transaction after 5 ms, where another one may start', async () => {
    const { commit, commits } = group({ milliseconds: 60 });
    const first = commit.add(unit(1));
    await sleep(1);
    const second = commit.add(unit(2));
    await sleep(25);
    expect(commits).toHaveLength(2);
    await Promise.all([first, second]);
  });

  test('begins a second transaction at once where it has enough rows', async () => {
    for (const [rows, begun] of [
      [99, 1],
      [100, 2],
    ] as const) {
      const commits: number[] = [];
      const commit = new GroupCommit<Unit, number>({
        commit: async (units) => {
          commits.push(units.length);
          await sleep(20);
          return units.map(({ name }) => name);
        },
        sizeOf: (one) => one,
        minSpacingMs: 1000,
      });
      const first = commit.add(unit(1));
      await Promise.resolve();
      const second = commit.add(unit(2, rows));
      expect(commits).toHaveLength(begun);
      await Promise.all([first, commit.close()]);
      expect(await second).toBe(2);
    }
  });

  test.each([
    [0, 5],
    [2.5, 5],
    [4, 8],
    [10, 20],
    [500, 20],
  ])('with transactions of %d ms starts one each %d ms', (meanMs, spacing) => {
    expect(spacingMs(meanMs, 5)).toBe(spacing);
  });

  test('keeps within rows and bytes; a unit above them goes alone', async () => {
    const { commit, commits } = group();
    const sizes = [
      [6, 1],
      [6, 1],
      [1, 99],
      [1, 2],
      [50, 500],
      [1, 1],
    ] as const;
    await Promise.all(sizes.map(([rows, bytes], name) => commit.add(unit(name, rows, bytes))));
    expect(commits.map((units) => units.map(({ name }) => name))).toEqual([[0], [1, 2], [3], [4], [5]]);
  });

  test('rejects one unit with its own error, and all with the error of the transaction', async () => {
    const { commit } = group({ fail: (units) => units.some(({ name }) => name === 7) });
    const outcomes = await Promise.allSettled([commit.add(unit(-1)), commit.add(unit(2))]);
    expect(outcomes).toMatchObject([{ reason: new RangeError('refused -1') }, { value: 20 }]);
    await expect(commit.add(unit(7))).rejects.toThrow('the database is away');
    expect(await commit.add(unit(8))).toBe(80);
  });

  test('writes what waits when it closes, and refuses later units', async () => {
    const { commit } = group({ milliseconds: 10, concurrency: 1 });
    const units = Array.from({ length: 30 }, (_, name) => commit.add(unit(name, 4)));
    await commit.close();
    expect(await Promise.all(units)).toEqual(units.map((_, name) => name * 10));
    await expect(commit.add(unit(1))).rejects.toThrow('The writer is closed.');
  });

  test('commits each unit once, in order, within its bounds (property)', async () => {
    const units = fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 3 })), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(units, fc.integer({ min: 1, max: 3 }), async (given, concurrency) => {
        const { commit, commits, mostAtOnce } = group({ milliseconds: 0, concurrency });
        const results = await Promise.all(
          given.map(async ([rows, pause], name) => {
            await sleep(pause);
            return commit.add(unit(name, rows));
          }),
        );
        expect(results).toEqual(given.map((_, name) => name * 10));
        expect(commits.flat().length).toBe(given.length);
        expect(mostAtOnce()).toBeLessThanOrEqual(concurrency);
        const tooLarge = commits.filter(
          (one) => one.length > 1 && one.reduce((sum, { rows }) => sum + rows, 0) > 10,
        );
        expect(tooLarge).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
