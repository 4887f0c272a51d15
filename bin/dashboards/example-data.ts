import type { GaugePanel, GraphPanel, Limit, NumbersPanel, Series } from './picture';

/** Points of a curve, and heights that one of whole things has. */
const POINTS = 60;
const STEPS = 8;

/** What values of a unit are like where nothing bounds them. */
const TYPICAL: Readonly<Record<string, number>> = {
  '%': 40,
  bytes: 6e9,
  calls: 900,
  connections: 400,
  GB: 80,
  keys: 40,
  LCU: 12,
  ms: 180,
  'new in 5 min': 300,
  pods: 14,
  replicas: 24,
  'replica-hours': 6,
  refreshes: 1,
  requests: 240_000,
  'requests/s': 620,
  restarts: 1,
  rows: 90_000,
  s: 0.4,
  skill: 0.5,
  USD: 900,
};

/** Where values may lie. */
interface Range {
  readonly low: number;
  readonly high: number;
}

/** A curve for each series of a graph: the same for the same title and label, and nothing that anybody measured. */
export function exampleCurves({ title, ...graph }: GraphPanel): number[][] {
  return graph.series.map((series, index) => {
    const range = rangeOf(title, graph, series, index);
    return shapeOf(series.label, title).map((share) => range.low + share * (range.high - range.low));
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
  const typical = TYPICAL[unit] ?? 40;
  const { low, high } =
    limit === undefined
      ? { low: 0.6 * typical, high: 1.4 * typical }
      : within([limit], unit === '%' ? 100 : undefined);
  return labels.map((label) => rounded(low + random(title + label)() * (high - low)));
}

/** Below what must not be passed, above what must be reached; each series by the limit that is its own, if any is. */
function rangeOf(title: string, graph: Omit<GraphPanel, 'title'>, series: Series, index: number): Range {
  const { axis, label } = series;
  const typical = TYPICAL[axis === 'right' ? graph.rightUnit : graph.unit] ?? 100;
  const limits = axis === 'right' ? [] : limitsOf(graph, index);
  const share = axis === 'right' ? 1 : 1 / (1 + 0.35 * index);
  if (/unhealthy|failed run|restart/i.test(label + title)) {
    if (!/^healthy/.test(label)) return { low: 0, high: 0 };
  }
  if (/5xx|4xx|unanswered|failed|error/i.test(label)) {
    const most = limits[0]?.value ?? (graph.unit === '%' ? 12 : /4xx/.test(label) ? 90 : 12);
    return scaled({ low: 0.04 * most, high: 0.5 * most }, share);
  }
  if (/^maximum$/.test(label)) return { low: 2 * typical, high: 2 * typical };
  if (/^base$/.test(label)) return { low: 3, high: 3 };
  if (graph.unit === 'skill' || (axis === 'right' && graph.rightUnit === 'skill'))
    return { low: 0.32, high: 0.46 };
  if (limits.length > 0) return scaled(within(limits, graph.max), limits.length > 1 ? 1 : share);
  const top = axis === 'left' && graph.max !== undefined ? 0.9 * graph.max : typical;
  if (/quantile/.test(label)) return { low: 0.3 * top, high: 1.22 * top };
  return scaled({ low: 0.25 * top, high: top }, /ahead|floor|replicas|load/.test(label) ? 1 : share);
}

/** As many limits as series, all on one side, belong to one each. */
function limitsOf({ limits, series }: Omit<GraphPanel, 'title'>, index: number): readonly Limit[] {
  const isOneEach = limits.length === series.length && limits.every(({ missed }) => missed === 'above');
  return isOneEach ? limits.toSorted((a, b) => a.value - b.value).slice(index, index + 1) : limits;
}

function within(limits: readonly Limit[], max?: number): Range {
  const least = limits.filter(({ missed }) => missed === 'below').map(({ value }) => value);
  const most = limits.filter(({ missed }) => missed === 'above').map(({ value }) => value);
  const high = most.length > 0 ? Math.min(...most) : undefined;
  if (least.length === 0) return { low: 0.3 * (high ?? max ?? 100), high: 0.82 * (high ?? max ?? 100) };
  const low = Math.max(...least);
  if (high === undefined && isCounted(low)) return { low, high: low };
  const span = (high ?? max ?? low * 1.8) - low;
  return { low: low + 0.3 * span, high: low + 0.75 * span };
}

/** Few things that are counted are as many as they should be. */
function isCounted(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value <= 5;
}

function scaled({ low, high }: Range, factor: number): Range {
  return { low: low * factor, high: high * factor };
}

function rounded(value: number): number {
  return value >= 10 ? Math.round(value) : value;
}

/** Values from 0 to 1, by what a series is called: replicas are steps, loads have a day that forecasts know before. */
function shapeOf(label: string, title: string): number[] {
  const noise = random(`${title}/${label}`);
  const ahead = label === 'floor' ? 3 : /ahead/.test(label) ? 1 : 0;
  const day = dayOf(title);
  const shifted = day.map((_, index) => day[Math.min(index + ahead, POINTS - 1)] as number);
  if (/floor|replicas|healthy|months/.test(label)) {
    return shifted.map((value) => Math.round(value * STEPS) / STEPS);
  }
  return shifted.map((value) => Math.min(1, Math.max(0, value + 0.08 * (noise() - 0.5))));
}

/** A night and a day, with a lunch that differs by panel. */
function dayOf(title: string): number[] {
  const next = random(title);
  const phase = 0.15 * next();
  const lunch = 0.3 + 0.4 * next();
  const values = Array.from({ length: POINTS }, (_, index) => {
    const time = index / (POINTS - 1);
    const wave = 0.5 - 0.5 * Math.cos(2 * Math.PI * (time + phase));
    return wave - 0.25 * Math.exp(-(((time - lunch) / 0.06) ** 2));
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
