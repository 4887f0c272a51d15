import { heatMap, highestLoad } from '../../../bin/backtest/heat-map';
import type { WeeklyPattern } from '../../../lambda/predictive-scaler/recommendation/load-patterns';

/** Mean of a weekday and hour: 100 a weekday and 1 an hour; ten times that at its busiest. */
const patterns: WeeklyPattern[] = Array.from({ length: 7 * 24 }, (_, index) => {
  const [weekday, hour] = [Math.floor(index / 24), index % 24];
  return { weekday, hour, mean: 100 * weekday + hour, max: 10 * (100 * weekday + hour) };
});

const titles = (svg: string) => [...svg.matchAll(/<title>(.*?)<\/title>/g)].map(([, title]) => title);

it('has a cell for each hour of the week from Monday on, with its numbers', () => {
  const all = titles(heatMap(patterns, 'mean', highestLoad(patterns)));
  expect(all).toHaveLength(7 * 24);
  expect(all[0]).toBe('Monday 00:00 to 01:00: mean 100, busiest 1000');
  expect(all.at(-1)).toBe('Sunday 23:00 to 00:00: mean 23, busiest 230');
});

it('shows the value that it is asked for, in three digits', () => {
  const texts = (value: 'mean' | 'max') =>
    [...heatMap(patterns, value, 6_230).matchAll(/<g>.*?<text[^>]*>(.*?)<\/text>/g)].map(([, text]) => text);
  expect(texts('mean')[1]).toBe('101');
  expect(texts('max')[1]).toBe('1k');
  expect(texts('max')[5 * 24 + 23]).toBe('6.2k');
});

it('is darkest at the top, with white text', () => {
  const svg = heatMap([{ weekday: 1, hour: 0, mean: 50, max: 100 }], 'max', 100);
  expect(svg).toMatch(/<rect fill="#08306b" [^>]*\/><text class="middle light"[^>]*>100</);
  expect(heatMap([{ weekday: 1, hour: 0, mean: 0, max: 0 }], 'max', 0)).toContain('fill="#f7fbff"');
});

it('says where nothing was measured', () => {
  expect(titles(heatMap([], 'mean', 0))[9]).toBe('Monday 09:00 to 10:00: not measured');
});

it('has a legend from 0 to the highest load', () => {
  const legend = heatMap([], 'mean', 800).split('#08306b').at(-1);
  expect(legend).toMatch(/>700<\/text><text class="end"[^>]*>800<\/text><text[^>]*>load</);
});
