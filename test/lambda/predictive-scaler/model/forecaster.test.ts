import { Calendar } from '../../../../lambda/predictive-scaler/model/calendar';
import { Forecaster } from '../../../../lambda/predictive-scaler/model/forecaster';
import { linearForecast } from '../../../../lambda/predictive-scaler/model/linear-baseline';
import { type LoadHistory, loadHistory } from '../../../../lambda/predictive-scaler/model/load-history';

const DAY = 1440;
const START = Date.parse('2026-03-02T00:00:00Z') / 60_000; // a Monday

/** Load of every half hour of some days. */
function halfHours(days: number, load: (minute: number) => number): LoadHistory {
  const samples = Array.from({ length: days * 48 }, (_, index) => {
    const minute = START + index * 30;
    return { minute, load: load(minute) };
  });
  return loadHistory(samples, 30, START, START + days * DAY);
}

/** Deterministic noise between -1 and 1. */
const noise = (minute: number) => ((Math.imul(minute, 2654435761) >>> 8) % 2001) / 1000 - 1;
const daily = (minute: number) => 100 + 60 * Math.sin((2 * Math.PI * (minute % DAY)) / DAY);
const noisy = (minute: number) => Math.max(0, daily(minute) + 8 * noise(minute));

const HORIZONS = { horizonsMinutes: [30, 60] };

describe('Forecaster', () => {
  it('repeats what repeats itself exactly', () => {
    const history = halfHours(13, daily);
    const origin = START + 12.4 * DAY;
    const { horizons } = new Forecaster(HORIZONS).forecast(history, origin);
    for (const { point, targetMinute, quantile } of horizons) {
      expect(point / daily(targetMinute)).toBeCloseTo(1, 1);
      expect(quantile(0.95) / point).toBeLessThan(1.1);
    }
  });

  it('is better than the last load, and than the same time yesterday', () => {
    const history = halfHours(14, noisy);
    const forecaster = new Forecaster(HORIZONS);
    let [ours, last, yesterday, regression] = [0, 0, 0, 0];
    for (let origin = START + 13 * DAY; origin < START + 14 * DAY - 60; origin += 30) {
      const bin = origin / 30;
      const load = history.at(bin + 1);
      ours += Math.abs((forecaster.forecast(history, origin).horizons[0]?.point ?? 0) - load);
      last += Math.abs(history.at(bin - 1) - load);
      yesterday += Math.abs(history.at(bin + 1 - 48) - load);
      regression += Math.abs(linearForecast(history, bin, 1) - load);
    }
    expect(ours).toBeLessThan(0.75 * Math.min(last, yesterday));
    expect(regression).toBeGreaterThan(2 * last);
  });

  it('gives the same to the last bit, asked before or not, and whatever comes after the origin', () => {
    const history = halfHours(12, noisy);
    const asked = new Forecaster(HORIZONS);
    for (let origin = START + 10.5 * DAY; origin < START + 11.3 * DAY; origin += 30)
      asked.forecast(history, origin);
    const origin = START + 11.3 * DAY;
    const numbers = (forecaster: Forecaster, of: LoadHistory) =>
      forecaster
        .forecast(of, origin)
        .horizons.map(({ point, quantile }) => [point, quantile(0.5), quantile(0.95)]);
    const expected = numbers(asked, history);
    expect(numbers(new Forecaster(HORIZONS), history)).toEqual(expected);
    const changed = halfHours(12, (minute) => (minute >= origin ? 9_999 : noisy(minute)));
    expect(numbers(new Forecaster(HORIZONS), changed)).toEqual(expected);
  });

  it('needs the last 15 days only: more history changes nothing', () => {
    const history = halfHours(19, noisy);
    const origin = START + 18.625 * DAY;
    const numbers = (of: LoadHistory) =>
      new Forecaster(HORIZONS).forecast(of, origin).horizons.map(({ point }) => point);
    expect(numbers(history.from(Math.ceil((origin - 15 * DAY) / 30)))).toEqual(numbers(history));
  });

  it('follows the clocks of its time zone over the change to summer time', () => {
    const berlin = new Calendar('Europe/Berlin');
    const office = (minute: number) => {
      const hour = berlin.minuteOfDay(minute) / 60;
      return hour >= 9 && hour < 17 ? 200 : 20;
    };
    const samples = Array.from({ length: 14 * 48 }, (_, index) => {
      const minute = Date.parse('2026-03-17T00:00:00Z') / 60_000 + index * 30;
      return { minute, load: office(minute) };
    });
    const end = (samples.at(-1)?.minute ?? 0) + 30;
    const history = loadHistory(samples, 30, samples[0]?.minute ?? 0, end);
    const eight = Date.parse('2026-03-30T06:30:00Z') / 60_000; // 08:30, half an hour before the office opens
    const point = (timeZone: string) =>
      new Forecaster({ horizonsMinutes: [30], timeZone }).forecast(history, eight).horizons[0]?.point;
    expect(point('Europe/Berlin')).toBeGreaterThan(150);
    expect(point('UTC')).toBeLessThan(150);
  });

  it.each<[what: string, days: number, load: (minute: number) => number, expected: number]>([
    ['an idle service', 12, () => 0, 0],
    ['a service that has always been the same', 12, () => 50, 50],
    ['a service of half a day', 0.5, () => 50, 50],
    ['a service of three days', 3, () => 50, 50],
  ])('of %s says so', (_, days, load, expected) => {
    const history = halfHours(days, load);
    const { horizons } = new Forecaster(HORIZONS).forecast(history, START + days * DAY);
    expect(horizons.map(({ point, quantile }) => [point, quantile(0.95)])).toEqual([
      [expected, expected],
      [expected, expected],
    ]);
  });

  it('returns NaN for a service without any history', () => {
    const history = loadHistory([], 30, START, START);
    expect(new Forecaster(HORIZONS).forecast(history, START).horizons[0]?.point).toBeNaN();
  });

  it('bridges a gap by the same time of other days', () => {
    const origin = START + 11.5 * DAY;
    const history = halfHours(12, (minute) =>
      minute >= origin - 480 && minute < origin ? Number.NaN : daily(minute),
    );
    const { horizons, recentLoad } = new Forecaster(HORIZONS).forecast(history, origin);
    expect(recentLoad).toBeNaN();
    expect((horizons[0]?.point ?? 0) / daily(origin + 30)).toBeCloseTo(1, 1);
  });

  it('follows a service that has doubled', () => {
    const origin = START + 11.6 * DAY;
    const history = halfHours(12, (minute) => (minute >= START + 11 * DAY ? 2 : 1) * daily(minute));
    const { horizons } = new Forecaster(HORIZONS).forecast(history, origin);
    expect((horizons[0]?.point ?? 0) / (2 * daily(origin + 30))).toBeCloseTo(1, 0);
  });

  it('remembers what it forecast over the last days, with what was known then', () => {
    const history = halfHours(12, noisy);
    const forecaster = new Forecaster(HORIZONS);
    const origin = START + 11.5 * DAY;
    forecaster.forecast(history, origin);
    const past = forecaster.pastForecasts(history, origin);
    expect(past[0]?.originMinute).toBe(START + 8 * DAY);
    expect(past.at(-1)?.originMinute).toBe(origin - 30);
    const again = new Forecaster(HORIZONS).forecast(history, past.at(-1)?.originMinute ?? 0);
    expect(past.at(-1)?.horizons.map(({ point, quantile }) => [point, quantile(0.9)])).toEqual(
      again.horizons.map(({ point, quantile }) => [point, quantile(0.9)]),
    );
  });

  describe('saved and loaded', () => {
    const options = { ...HORIZONS, peakWindow: { delayMinutes: 1, lengthMinutes: 33 }, trainingMinute: 450 };
    const history = halfHours(10, noisy);
    const origin = START + 9.5 * DAY;
    const asked = new Forecaster(options);
    asked.forecast(history, origin);
    const saved = asked.save();

    it('continues after save and load exactly like the original and like a new one', () => {
      const loaded = Forecaster.load(options, saved) as Forecaster;
      const numbers = (forecaster: Forecaster) => {
        const { horizons, peak } = forecaster.forecast(history, origin + 60);
        const past = forecaster.pastForecasts(history, origin + 60);
        return {
          now: horizons.map(({ point, quantile }) => [point, quantile(0.5), quantile(0.95)]),
          peak: [0.3, 0.9].map((level) => peak?.quantile(level)),
          past: past.map((one) => [
            one.originMinute,
            one.horizons[1]?.quantile(0.9),
            one.peak?.quantile(0.9),
          ]),
        };
      };
      const expected = numbers(new Forecaster(options));
      expect(numbers(loaded)).toEqual(expected);
      expect(numbers(asked)).toEqual(expected);
      expect(expected.peak.every((load) => load !== undefined && load > 0)).toBe(true);
    });

    it('trains at its minute of the day, and announces it', () => {
      const loaded = Forecaster.load(options, saved) as Forecaster;
      const nextTraining = START + 10 * DAY + 450;
      expect(loaded.needsTraining(history, nextTraining - 30)).toBe(false);
      expect(loaded.needsTraining(history, nextTraining)).toBe(true);
      expect(new Forecaster(options).needsTraining(history, origin)).toBe(true);
    });

    it.each([
      ['other horizons', { ...options, horizonsMinutes: [30] }, saved],
      ['another time zone', { ...options, timeZone: 'Europe/Berlin' }, saved],
      ['torn', options, saved.subarray(0, saved.length / 2)],
      ['something else', options, Buffer.from('{}')],
    ])('is made anew from what was saved with %s', (_, wanted, bytes) => {
      expect(Forecaster.load(wanted, bytes)).toBeUndefined();
    });
  });

  it('learns at which minute of the hour the load peaks', () => {
    const pulse = (minute: number) => (minute % 120 < 5 ? 500 : 100);
    const samples = Array.from({ length: 5 * 288 }, (_, index) => {
      const minute = START + index * 5;
      return { minute, load: pulse(minute) + noise(minute) };
    });
    const history = loadHistory(samples, 5, START, START + 5 * DAY);
    const forecaster = new Forecaster({
      horizonsMinutes: [15],
      peakWindow: { delayMinutes: 1, lengthMinutes: 18 },
    });
    const origin = START + 4.5 * DAY;
    const peakAt = (minute: number) => forecaster.forecast(history, minute).peak?.quantile(0.9);
    expect(peakAt(origin + 60)).toBeLessThan(110); // the next pulse is an hour away
    expect(peakAt(origin + 105)).toBeGreaterThan(450);
  });

  it('learns from loads that come late as from those that come at once', () => {
    const complete = halfHours(10, noisy);
    const late = new Forecaster(HORIZONS);
    const prompt = new Forecaster(HORIZONS);
    const origin = START + 9.5 * DAY;
    for (let minute = START + 9.1 * DAY; minute < origin; minute += 30) {
      const at = START + Math.floor((minute - START) / 30) * 30;
      const lacking = halfHours(10, (time) => (time >= at - 30 ? Number.NaN : noisy(time)));
      late.forecast(lacking, at);
      prompt.forecast(complete, at);
    }
    const weights = (forecaster: Forecaster) => {
      forecaster.forecast(complete, origin);
      return forecaster.weights();
    };
    expect(weights(late)).toEqual(weights(prompt));
  });

  it.each([-1, 1440, 0.5])('throws for a training minute %p', (trainingMinute) => {
    expect(() => new Forecaster({ ...HORIZONS, trainingMinute })).toThrow(
      "'trainingMinute' must be a whole number from 0 to 1439",
    );
  });

  it.each([[[0]], [[15, 1441]], [[Number.NaN]]])('throws for horizons %j', (horizonsMinutes) => {
    expect(() => new Forecaster({ horizonsMinutes })).toThrow("'horizonsMinutes' must be between 5 and 1440");
  });
});

describe('linearForecast', () => {
  it('continues a straight line', () => {
    const history = halfHours(8, (minute) => (minute - START) / 30);
    expect(linearForecast(history, START / 30 + 8 * 48, 2)).toBeCloseTo(8 * 48 + 2, 6);
  });

  it('sees the last seven days only, and is never negative', () => {
    const history = halfHours(10, (minute) => (minute < START + 3 * DAY ? 9_999 : 5));
    expect(linearForecast(history, START / 30 + 10 * 48, 2)).toBeCloseTo(5, 9);
    const falling = halfHours(8, (minute) => Math.max(0, 100 - (minute - START) / 100));
    expect(linearForecast(falling, START / 30 + 8 * 48, 480)).toBe(0);
  });

  it('predicts nothing from fewer than ten samples', () => {
    expect(
      linearForecast(
        halfHours(0.1875, () => 5),
        START / 30 + 9,
        1,
      ),
    ).toBe(0);
  });
});
