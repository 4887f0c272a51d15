import { loadHistory } from '../../../../lambda/predictive-scaler/model/load-history';

const samples = (...loads: [minute: number, load: number][]) =>
  loads.map(([minute, load]) => ({ minute, load }));

describe('loadHistory', () => {
  it('puts samples in order, the last of a step counting', () => {
    const history = loadHistory(samples([10, 3], [0, 1], [5, 2], [0, 7]), 5, 0, 15);
    expect([0, 1, 2].map((bin) => history.at(bin))).toEqual([7, 2, 3]);
  });

  it.each([
    ['negative', -1],
    ['not a number', Number.NaN],
    ['infinite', Number.POSITIVE_INFINITY],
  ])('takes a load that is %s for a gap', (_, load) => {
    const history = loadHistory(samples([0, 1], [5, load]), 5, 0, 10);
    expect(history.at(1)).toBeNaN();
    expect(history.mean(0, 2)).toBe(1);
  });

  it('makes five minutes of at least three, by their mean', () => {
    const history = loadHistory(samples([0, 1], [1, 2], [4, 6], [5, 9], [6, 9]), 1, 0, 10);
    expect(history.at(0)).toBe(3);
    expect(history.at(1)).toBeNaN();
    expect(history.lastMinutes(1, 1)).toBe(6);
    expect(history.lastMinutes(1, 3)).toBe(6);
  });

  it('has the same number for a bin whatever it begins with, and leaves out half bins at the end', () => {
    const history = loadHistory(samples([60, 1], [65, 2], [70, 3]), 5, 62, 74);
    expect([history.first, history.end]).toEqual([13, 14]);
    expect(history.at(13)).toBe(2);
  });

  it.each([0, -5, 7, Number.NaN])('throws with a step of %s minutes, which divides no day', (step) => {
    expect(() => loadHistory([], step, 0, 10)).toThrow("'stepMinutes' must divide a day");
  });
});

describe('LoadHistory', () => {
  const history = loadHistory(samples([0, 1], [5, 2], [10, 3], [15, 4]), 5, 0, 20);

  it('until a bin reads nothing of it or after it', () => {
    const earlier = history.until(2);
    expect([1, 2, 3].map((bin) => earlier.at(bin))).toEqual([2, Number.NaN, Number.NaN]);
    expect(earlier.mean(0, 4)).toBe(1.5);
    expect(earlier.lastMinutes(4, 5)).toBe(2);
    expect(earlier.end).toBe(2);
  });

  it('from a bin reads nothing before it', () => {
    const later = history.from(2);
    expect([1, 2].map((bin) => later.at(bin))).toEqual([Number.NaN, 3]);
    expect(later.mean(0, 4)).toBe(3.5);
    expect(history.until(3).from(1).mean(0, 9)).toBe(2.5);
  });

  it.each([
    ['all of the steps that it touches', 4, 11, 3],
    ['a minute of a step', 15, 16, 4],
    ['what is known of it', -20, 7, 2],
    ['nothing outside', 20, 40, Number.NaN],
  ])('has a peak of %s', (_, from, to, peak) => {
    expect(history.peak(from, to)).toBe(peak);
    expect(history.until(2).peak(0, 20)).toBe(2);
  });

  it('has the load of each minute: of coarse steps on straight lines between their middles', () => {
    const coarse = loadHistory(samples([0, 10], [10, 30], [30, 5]), 10, 0, 40);
    const minutes = coarse.loadsByMinute(-1, 40);
    expect([minutes[0], minutes[1], minutes[10]]).toEqual([Number.NaN, 10, 19]);
    expect(minutes[17]).toBe(30); // nothing is known after it
    expect(minutes.subarray(21, 31).every(Number.isNaN)).toBe(true);
    const fine = loadHistory(samples([0, 1], [2, 3]), 1, 0, 5);
    expect([...fine.loadsByMinute(0, 3)]).toEqual([1, Number.NaN, 3]);
  });

  it('is NaN outside its range', () => {
    expect(history.mean(7, 9)).toBeNaN();
    expect(history.mean(-9, 0)).toBeNaN();
  });

  it('has the same means to the last bit wherever it begins, over midnights and gaps', () => {
    const loads = Array.from({ length: 1000 }, (_, index): [number, number] => [
      index * 5,
      index % 7 === 3 ? Number.NaN : Math.sqrt(index) / 3,
    ]);
    const whole = loadHistory(samples(...loads), 5, 0, 5000);
    const part = whole.from(288);
    for (let from = 300; from < 990; from += 7) {
      const to = Math.min(1000, from + ((from * 13) % 400));
      expect(part.mean(from, to)).toBe(whole.mean(from, to));
      const known = loads.slice(from, to).flatMap(([, load]) => (Number.isNaN(load) ? [] : [load]));
      const expected = known.reduce((sum, load) => sum + load, 0) / known.length;
      if (known.length > 0) expect(whole.mean(from, to)).toBeCloseTo(expected, 9);
    }
  });
});
