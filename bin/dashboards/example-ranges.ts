import type { GraphPanel, Limit, Series } from './picture';

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
  USD: 2_600,
};

/** What values of a name are like, whatever their unit. */
const TYPICAL_OF_NAME: Readonly<Record<string, number>> = {
  'USD per million requests': 14,
  USD: 2_600,
  Errors: 0.04,
  p50: 48,
  p95: 310,
  p99: 720,
};

/** Where values may lie. */
export interface Range {
  /** Smallest value, in the unit of the panel. */
  readonly low: number;
  /** Largest value, in the unit of the panel. */
  readonly high: number;
}

/** What a series is known by: words of its panel and of itself, the typical value, and its place among the others. */
interface Clues {
  readonly graph: GraphPanel;
  readonly series: Series;
  readonly words: string;
  readonly typical: number;
  readonly limits: readonly Limit[];
  /** 1 for the first series, less for each that follows, so that they lie apart. */
  readonly share: number;
}

/** Where the values of a series lie, by the first rule that knows; the last one always does. */
const RULES: readonly ((clues: Clues) => Range | undefined)[] = [
  ({ series, words }) =>
    /unhealthy|\(none\)|failed run|restart|evicted/i.test(words) && series.label !== 'healthy'
      ? constant(0)
      : undefined,
  errorRange,
  ({ share, words }) => (/burn rate/i.test(words) ? scaled({ low: 0.2, high: 1.4 }, share) : undefined),
  boundRange,
  ({ words }) => (/skill/.test(words) ? { low: 0.32, high: 0.46 } : undefined),
  limitedRange,
  ({ graph, typical, words }) =>
    /\bhits?\b|per million/.test(words) ? scaled({ low: 0.7, high: 0.9 }, graph.max ?? typical) : undefined,
];

/** Below what must not be passed, above what must be reached. */
export function rangeOf(graph: GraphPanel, series: Series, index: number): Range {
  const { max, rightUnit, title, unit } = graph;
  const isLeft = series.axis === 'left';
  const typical = typicalOf(title, series.label, isLeft ? unit : rightUnit);
  const clues: Clues = {
    graph,
    series,
    words: `${title} ${series.label}`,
    typical,
    limits: isLeft ? limitsOf(graph, index) : [],
    share: isLeft ? 1 / (1 + 0.35 * index) : 1,
  };
  for (const rule of RULES) {
    const range = rule(clues);
    if (range !== undefined) return range;
  }
  const top = isLeft && max !== undefined ? 0.9 * max : typical;
  if (/quantile|capacity/.test(series.label)) return { low: 0.3 * top, high: 1.22 * top };
  return scaled(
    { low: 0.25, high: 1 },
    /ahead|floor|replicas|load/.test(series.label) ? top : clues.share * top,
  );
}

function errorRange({ graph, limits, series, share, words }: Clues): Range | undefined {
  if (!/5xx|4xx|unanswered|failed|errors?\b/i.test(words)) return undefined;
  const most = limits[0]?.value ?? (/5xx/.test(series.label) || graph.unit !== 'requests' ? 2 : 60);
  return scaled({ low: 0.04 * most, high: 0.5 * most }, share);
}

/** Flat lines: what others stay between. */
function boundRange({ series: { dashed, label }, typical }: Clues): Range | undefined {
  if (dashed) return /min/.test(label) ? constant(0.12 * typical) : constant(1.6 * typical);
  if (label === 'maximum') return constant(2 * typical);
  return label === 'base' ? constant(0.12 * typical) : undefined;
}

function limitedRange({ graph, limits, share }: Clues): Range | undefined {
  if (limits.length === 0) return undefined;
  if (graph.stacked) return scaled(within(limits), share / graph.series.length);
  return scaled(within(limits, graph.max), graph.limits.length > 1 ? 1 : share);
}

export function typicalOf(title: string, label: string, unit: string): number {
  const isReplicas = unit === '' && /replica/i.test(title);
  return TYPICAL_OF_NAME[label] ?? TYPICAL[isReplicas ? 'replicas' : unit] ?? 40;
}

/** As many limits as series, all on one side, belong to one each. */
function limitsOf({ limits, series }: GraphPanel, index: number): readonly Limit[] {
  const isOneEach = limits.length === series.length && limits.every(({ missed }) => missed === 'above');
  return isOneEach ? limits.toSorted((a, b) => a.value - b.value).slice(index, index + 1) : limits;
}

/** On the good side of all limits, near them. */
export function within(limits: readonly Limit[], max?: number): Range {
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
export function isCounted(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value <= 5;
}

function constant(value: number): Range {
  return { low: value, high: value };
}

function scaled({ low, high }: Range, factor: number): Range {
  return { low: low * factor, high: high * factor };
}
