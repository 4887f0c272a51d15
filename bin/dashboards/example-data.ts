import { isCounted, rangeOf, typicalOf, within } from './example-ranges';
import type { GaugePanel, GraphPanel, NumbersPanel } from './picture';

/** Points of a curve, and heights that one of whole things has. */
const POINTS = 60;
const STEPS = 8;

/** A curve for each series of a graph: the same for the same title and label, and nothing that anybody measured. */
export function exampleCurves(graph: GraphPanel): number[][] {
  return graph.series.map((series, index) => {
    const { low, high } = rangeOf(graph, series, index);
    return shapeOf(series.label, graph.title, graph.range).map((share) => low + share * (high - low));
  });
}

/** A value of a gauge, on the good side of its limit. */
export function exampleGaugeValue({ title, min, max, limit }: GaugePanel): number {
  const share = random(title)();
  const isAtAnEnd = limit.missed === 'above' ? limit.value === max : limit.value < 0.05 * max;
  if (isAtAnEnd) return Math.round(0.45 * max);
  if (limit.missed === 'above') return rounded(Math.max(min, limit.value * (0.35 + 0.5 * share)));
  return isCounted(limit.value)
    ? limit.value
    : rounded(limit.value + (max - limit.value) * (0.2 + 0.6 * share));
}

/** A value of each number. */
export function exampleNumbers({ title, labels, limit, unit }: NumbersPanel): number[] {
  return labels.map((label) => {
    const typical = typicalOf(title, label, unit);
    const { low, high } =
      limit === undefined
        ? { low: 0.8 * typical, high: 1.2 * typical }
        : within([limit], unit === '%' ? 100 : undefined);
    return rounded(low + random(title + label)() * (high - low));
  });
}

/**
 * Values from 0 to 1, by what a series is called: sums grow, what is free goes, replicas are steps, and loads have a
 * day that forecasts know before.
 */
function shapeOf(label: string, title: string, range: string): number[] {
  const noise = random(`${title}/${label}`);
  const jittered = (value: number, size = 0.08) => Math.min(1, Math.max(0, value + size * (noise() - 0.5)));
  const ramp = Array.from({ length: POINTS }, (_, index) => index / (POINTS - 1));
  if (/so far/.test(title)) return ramp;
  if (/free/.test(label)) return ramp.map((share) => jittered(1 - share, 0.02));
  const ahead = label === 'floor' ? 3 : /ahead/.test(label) ? 1 : 0;
  const wave = waveOf(title, range);
  const shifted = wave.map((_, index) => wave[Math.min(index + ahead, POINTS - 1)] as number);
  if (/floor|replicas|healthy|months/.test(label)) {
    return shifted.map((value) => Math.round(value * STEPS) / STEPS);
  }
  return shifted.map((value) => jittered(value));
}

/** A night and a day with a lunch that differs by panel, or weeks where many days are shown. */
function waveOf(title: string, range: string): number[] {
  const next = random(title);
  const phase = 0.15 * next();
  const lunch = 0.3 + 0.4 * next();
  const [, days = '0'] = /^(\d+) days$/.exec(range) ?? [];
  const cycles = Math.max(1, Number(days) / 7);
  const values = Array.from({ length: POINTS }, (_, index) => {
    const time = (cycles * index) / (POINTS - 1) + phase;
    const within = time - Math.floor(time) - lunch;
    return 0.5 - 0.5 * Math.cos(2 * Math.PI * time) - 0.25 * Math.exp(-((within / 0.06) ** 2));
  });
  const low = Math.min(...values);
  const high = Math.max(...values);
  return values.map((value) => (value - low) / (high - low));
}

/** Numbers from 0 to 1 that are the same for the same text: FNV-1a for the seed, then mulberry32. */
function random(seedText: string): () => number {
  let state = 0x811c9dc5;
  for (const character of seedText) {
    state = Math.imul(state ^ (character.codePointAt(0) as number), 0x01000193);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function rounded(value: number): number {
  return value >= 10 ? Math.round(value) : value;
}
