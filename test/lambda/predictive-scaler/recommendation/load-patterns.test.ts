import { Calendar } from '../../../../lambda/predictive-scaler/model/calendar';
import { type LoadHistory, loadHistory } from '../../../../lambda/predictive-scaler/model/load-history';
import {
  dayPatterns,
  hourlyPatterns,
  weeklyPatterns,
} from '../../../../lambda/predictive-scaler/recommendation/load-patterns';

const DAY = 1440;
const START = Date.parse('2026-03-02T00:00:00Z') / 60_000; // a Monday
const UTC = new Calendar();

/** Load of every half hour of some days. */
function halfHours(days: number, load: (minute: number) => number): LoadHistory {
  const samples = Array.from({ length: days * 48 }, (_, index) => {
    const minute = START + index * 30;
    return { minute, load: load(minute) };
  });
  return loadHistory(samples, 30, START, START + days * DAY);
}

const binOf = (days: number) => START / 30 + days * 48;
const fullHoursLow = (minute: number) => (minute % 60 === 0 ? 10 : 30);

describe('hourlyPatterns', () => {
  it('are mean, deviation and maximum of each hour of a week', () => {
    const patterns = hourlyPatterns(halfHours(7, fullHoursLow), UTC, binOf(7));
    expect(patterns).toHaveLength(24);
    expect(patterns[5]).toEqual({ hour: 5, mean: 20, deviation: 10, max: 30 });
  });

  it('wait for a whole week, not for 168 samples', () => {
    expect(
      hourlyPatterns(
        halfHours(6, () => 1),
        UTC,
        binOf(6),
      ),
    ).toEqual([]);
  });

  it('keep weekdays and weekends apart', () => {
    const history = halfHours(7, (minute) => (minute >= START + 5 * DAY ? 7 : 100));
    const { weekdays, weekend } = dayPatterns(history, UTC, binOf(7));
    expect(new Set(weekdays.map(({ mean }) => mean))).toEqual(new Set([100]));
    expect(new Set(weekend.map(({ mean }) => mean))).toEqual(new Set([7]));
  });

  it('know nothing of what comes after their moment', () => {
    const later = halfHours(8, (minute) => (minute >= START + 7 * DAY ? 9_999 : fullHoursLow(minute)));
    expect(hourlyPatterns(later, UTC, binOf(7))).toEqual(
      hourlyPatterns(halfHours(7, fullHoursLow), UTC, binOf(7)),
    );
  });
});

describe('weeklyPatterns', () => {
  it('have the mean and the highest sample of each hour of the week', () => {
    const history = halfHours(14, fullHoursLow);
    const patterns = weeklyPatterns(history, UTC);
    expect(patterns).toHaveLength(7 * 24);
    expect(patterns[0]).toEqual({ weekday: 0, hour: 0, mean: 20, max: 30 });
  });

  it('are of the local time', () => {
    const midday = halfHours(7, (minute) => (minute === START + 12 * 60 ? 50 : 1));
    const busiest = weeklyPatterns(midday, new Calendar('Asia/Tokyo')).find(({ max }) => max === 50);
    expect(busiest).toMatchObject({ weekday: 1, hour: 21 });
  });

  it('leave out hours that were never measured', () => {
    expect(
      weeklyPatterns(
        halfHours(1, () => 1),
        UTC,
      ).map(({ weekday }) => weekday),
    ).toEqual(Array(24).fill(1));
  });
});
