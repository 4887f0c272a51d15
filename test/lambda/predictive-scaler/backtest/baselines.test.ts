import {
  type Baseline,
  hourlyProfile,
  linearRegression,
  persistence,
  yesterday,
} from '../../../../lambda/predictive-scaler/backtest/baselines';
import { Calendar } from '../../../../lambda/predictive-scaler/model/calendar';
import { loadHistory } from '../../../../lambda/predictive-scaler/model/load-history';

const DAY = 24;

/** Hourly loads from 1970 on; the bins' numbers are the hours. */
function ask(baseline: Baseline, loads: readonly number[], origin: number, target: number, zone = 'UTC') {
  const samples = loads.map((load, hour) => ({ minute: 60 * hour, load }));
  const history = loadHistory(samples, 60, 0, 60 * loads.length);
  return baseline({ history, calendar: new Calendar(zone), origin, target });
}

/** Day times 100 plus hour. */
const loads = Array.from({ length: 15 * DAY }, (_, hour) => 100 * Math.floor(hour / DAY) + (hour % DAY));
const without = (...hours: number[]) => loads.map((load, hour) => (hours.includes(hour) ? Number.NaN : load));

const ORIGIN = 10 * DAY + 5;

describe('persistence', () => {
  it('repeats the last bin before the origin', () => {
    expect(ask(persistence, loads, ORIGIN, ORIGIN + 1)).toBe(1004);
  });
  it('repeats the last known one in a gap', () => {
    expect(ask(persistence, without(ORIGIN - 1, ORIGIN - 2), ORIGIN, ORIGIN)).toBe(1002);
  });
  it('returns NaN without a history', () => {
    expect(ask(persistence, [], 0, 1)).toBeNaN();
  });
});

describe('yesterday', () => {
  it('repeats the bin a day before the target', () => {
    expect(ask(yesterday, loads, ORIGIN, ORIGIN + 1)).toBe(906);
  });
  it('uses the day before if yesterday is a gap', () => {
    expect(ask(yesterday, without(ORIGIN + 1 - DAY), ORIGIN, ORIGIN + 1)).toBe(806);
  });
  it('reads nothing at or after the origin', () => {
    expect(ask(yesterday, loads, ORIGIN, ORIGIN + DAY)).toBe(905); // would be 1005
  });
});

describe('hourlyProfile', () => {
  it('is the mean of that hour over the previous days', () => {
    expect(ask(hourlyProfile, loads, 3 * DAY + 2, 3 * DAY + 4)).toBe(104); // of 4, 104 and 204
  });
  it('looks back 14 days and no more', () => {
    expect(ask(hourlyProfile, loads, 15 * DAY, 15 * DAY)).toBe(750); // of days 1 to 14; would be 700 with day 0
  });
});

describe('linearRegression', () => {
  it('continues the line of the last week', () => {
    const line = Array.from({ length: 8 * DAY }, (_, hour) => 10 + 2 * hour);
    expect(ask(linearRegression, line, 8 * DAY, 8 * DAY + 3)).toBeCloseTo(10 + 2 * (8 * DAY + 3), 6);
  });
});
