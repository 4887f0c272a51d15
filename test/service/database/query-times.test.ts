import { logStatistics } from '../../../service/database/pool-monitor';
import type { PoolStatistics } from '../../../service/database/pools';
import { QueryTimes } from '../../../service/database/query-times';
import { RecordedLog } from './pool-settings';

describe('times of statements', () => {
  test('are counted by name', () => {
    const times = new QueryTimes();
    for (let milliseconds = 1; milliseconds <= 100; milliseconds += 1) {
      times.record('page', milliseconds, milliseconds !== 50);
    }
    times.record('other', 7, true);
    expect(times.summary()).toEqual({
      page: { count: 100, failures: 1, mean: 50.5, min: 1, max: 100, p95: 95 },
      other: { count: 1, failures: 0, mean: 7, min: 7, max: 7, p95: 7 },
    });
  });

  test('have a percentile of the last 1,000 calls', () => {
    const times = new QueryTimes();
    for (let call = 0; call < 1000; call += 1) times.record('page', 900, true);
    for (let call = 0; call < 1000; call += 1) times.record('page', 2, true);
    expect(times.summary()['page']).toMatchObject({ count: 2000, max: 900, p95: 2 });
  });

  test('of more than 500 names are one', () => {
    const times = new QueryTimes();
    for (let name = 0; name < 600; name += 1) times.record(`statement-${name}`, 1, true);
    expect(Object.keys(times.summary())).toHaveLength(501);
    expect(times.summary()['other']).toMatchObject({ count: 100 });
  });
});

describe('statistics of a pool', () => {
  const pool = (changes: Partial<PoolStatistics>): PoolStatistics => ({
    name: 'reads',
    max: 20,
    active: 5,
    idle: 5,
    waiting: 0,
    events: { connected: 10, acquired: 90, removed: 0, errors: 0, timeouts: 0, refused: 0 },
    queries: {},
    ...changes,
  });
  const linesOf = (changes: Partial<PoolStatistics>) => {
    const log = new RecordedLog();
    logStatistics(pool(changes), log);
    return log.lines.map(({ level, message }) => [level, message]);
  };
  const STATISTICS = ['info', 'database pool statistics'];

  test.each([
    ['nothing more at 5 waiting callers', { waiting: 5 }, []],
    ['a warning above', { waiting: 6 }, [['warn', 'more than 5 callers wait for a database connection']]],
    ['nothing more at 80 % idle connections', { active: 1, idle: 4 }, []],
    [
      'a note above',
      { active: 1, idle: 5 },
      [['info', 'more than 80 % of the database connections are idle']],
    ],
    ['nothing more without connections', { active: 0, idle: 0 }, []],
  ])('log %s', (_, changes, more) => {
    expect(linesOf(changes)).toEqual([STATISTICS, ...more]);
  });
});
