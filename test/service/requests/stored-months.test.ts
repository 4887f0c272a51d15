import type { Pool } from '../../../service/database/pools';
import { StoredMonthsCache } from '../../../service/requests/write/stored-months';

const MONTHS = { from: new Date('2026-10-01'), to: new Date('2027-01-01') };
const LATER = { from: new Date('2026-11-01'), to: new Date('2027-02-01') };

describe('the months that can be stored', () => {
  let time: number;
  let answers: (() => Promise<unknown>)[];
  let months: StoredMonthsCache;

  beforeEach(() => {
    time = Date.UTC(2026, 10, 15);
    answers = [];
    const query = () => answers.shift()?.() ?? Promise.reject(new Error('asked once more than expected'));
    months = new StoredMonthsCache({ query } as unknown as Pool, () => new Date(time));
  });

  const answer = (row: object) => answers.push(async () => ({ rows: [row] }));

  test('are read once a minute, by all callers together', async () => {
    answer(MONTHS);
    expect(await Promise.all([months.get(), months.get()])).toEqual([MONTHS, MONTHS]);
    time += 59_000;
    expect(await months.get()).toEqual(MONTHS);
  });

  test('are renewed while writers go on with the known ones', async () => {
    answer(MONTHS);
    await months.get();
    time += 61_000;
    answer(LATER);
    expect(await months.get()).toEqual(MONTHS);
    await new Promise(setImmediate);
    expect(await months.get()).toEqual(LATER);
  });

  test('stay known where the database does not answer', async () => {
    answer(MONTHS);
    await months.get();
    time += 61_000;
    answers.push(() => Promise.reject(new Error('no connection within 2000 ms')));
    expect(await months.get()).toEqual(MONTHS);
    await new Promise(setImmediate);
    answer(LATER);
    expect(await months.get()).toEqual(MONTHS);
    await new Promise(setImmediate);
    expect(await months.get()).toEqual(LATER);
  });

  test('fails while they are not known', async () => {
    answers.push(() => Promise.reject(new Error('no connection within 2000 ms')));
    await expect(months.get()).rejects.toThrow('no connection');
    answer(MONTHS);
    expect(await months.get()).toEqual(MONTHS);
  });
});
