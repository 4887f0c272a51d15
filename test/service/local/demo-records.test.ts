import { DEMO_DAYS, demoHours } from '../../../service/local/demo/demo-hours';
import { UNPRICED_MODEL } from '../../../service/local/demo/demo-models';
import { demoRecords, outageBefore } from '../../../service/local/demo/demo-records';

const NOW = new Date('2026-11-27T10:20:30Z');
const TOTAL = 20_000;

const records = [...demoRecords(TOTAL, NOW)].map(({ project, record }) => ({
  project,
  ...(record as { source_id: string; timestamp: string; model: string; provider: string; status: string }),
}));
const hourOf = (timestamp: string) => new Date(timestamp).getUTCHours();
const share = (test: (record: (typeof records)[number]) => boolean) => records.filter(test).length / TOTAL;

test('the demo has all its records, each once, of two projects, in the order of time, within the 30 days', () => {
  expect(records).toHaveLength(TOTAL);
  expect(new Set(records.map(({ source_id }) => source_id)).size).toBe(TOTAL);
  expect(new Set(records.map(({ project }) => project))).toEqual(new Set([0, 1]));
  const times = records.map(({ timestamp }) => timestamp);
  expect(times).toEqual([...times].sort());
  expect(Date.parse(times[0] as string)).toBeGreaterThanOrEqual(
    NOW.getTime() - (DEMO_DAYS * 24 + 1) * 3_600_000,
  );
  expect(Date.parse(times.at(-1) as string)).toBeLessThan(NOW.getTime());
});

test('the same time gives the same records', () => {
  expect([...demoRecords(500, NOW)]).toEqual([...demoRecords(500, NOW)]);
});

test('there is more by day than by night, and less at weekends', () => {
  const day = share(({ timestamp }) => hourOf(timestamp) >= 12 && hourOf(timestamp) < 18);
  const night = share(({ timestamp }) => hourOf(timestamp) < 6);
  expect(day).toBeGreaterThan(3 * night);
  const weekend = share(({ timestamp }) => new Date(timestamp).getUTCDay() % 6 === 0);
  expect(weekend).toBeLessThan(0.2);
});

test("most requests of one provider fail in the outage, and hardly any of the others'", () => {
  const { startMs, endMs } = outageBefore(NOW);
  const within = records.filter(
    ({ timestamp }) => Date.parse(timestamp) >= startMs && Date.parse(timestamp) < endMs,
  );
  const failedShare = (list: typeof records) =>
    list.filter(({ status }) => status === 'failed').length / list.length;
  expect(failedShare(within.filter(({ provider }) => provider === 'anthropic'))).toBeGreaterThan(0.5);
  expect(failedShare(within.filter(({ provider }) => provider !== 'anthropic'))).toBeLessThan(0.2);
});

test('some requests are of a model without a price', () => {
  expect(share(({ model }) => model === UNPRICED_MODEL.model)).toBeGreaterThan(0.01);
});

test.each([0, 1, 7, 1234])('%d requests are spread over hours without losing one', (total) => {
  const hours = demoHours(total, NOW);
  expect(hours.reduce((sum, { requests }) => sum + requests, 0)).toBe(total);
  expect(hours.every(({ requests }) => requests >= 0)).toBe(true);
});
