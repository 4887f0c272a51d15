import { UsageError } from '../../cli/command';
import type { K6Threshold } from '../k6-options';
import { METRICS, parseSelector, type Samples, type Selector } from './samples';
import { type Tally, Trend } from './trend';

type Operator = '<' | '<=' | '>' | '>=' | '==' | '!=';

/** A parsed threshold of a script. */
export interface ParsedThreshold {
  /** As the script has it: `http_req_failed{scenario:hold}: rate<0.001`. */
  readonly text: string;
  /** Values that it is measured from. */
  readonly selector: Selector;
  /** The measured number, from the values and the length of the test in seconds. */
  readonly aggregate: (values: Tally, seconds: number) => number;
  /** Whether it passes without values; k6 ignores rates without values. */
  readonly emptyPasses: boolean;
  /** Comparison of the measured number with the limit. */
  readonly operator: Operator;
  /** Number that the measured one is compared with. */
  readonly limit: number;
  /** Whether the test ends when it is crossed. */
  readonly abortOnFail: boolean;
  /** Time of the test before which it aborts nothing, ms. */
  readonly delayMs: number;
}

/** A threshold with what was measured. */
export interface ThresholdResult {
  /** As the script has it. */
  readonly text: string;
  /** The measured number; 0 where there were no values. */
  readonly measured: number;
  /** Values that it was measured from. */
  readonly samples: number;
  /** Whether the measured number keeps to the limit. */
  readonly passed: boolean;
}

/** Aggregates by the kind of metric, as k6 has them (metrics/sink.go); percentiles are apart. */
const AGGREGATES: Readonly<Record<string, Readonly<Record<string, ParsedThreshold['aggregate']>>>> = {
  trend: {
    avg: ({ mean }) => mean,
    min: ({ min }) => min,
    max: ({ max }) => max,
    med: (values) => percentileOf(values, 50),
  },
  rate: { rate: ({ mean }) => mean },
  counter: {
    count: ({ sum }) => sum,
    rate: ({ sum }, seconds) => sum / seconds,
  },
};

/** @throws UsageError for an expression that k6 would refuse, so that an unknown threshold never passes */
export function parseThreshold(about: string, threshold: K6Threshold): ParsedThreshold {
  const { expression, abortOnFail, delayMs } = threshold;
  const text = `${about}: ${expression}`;
  const selector = parseSelector(about);
  const kind = METRICS[selector.metric];
  const [, method, operator, limit] =
    /^\s*([a-z]+(?:\([\d.]+\))?)\s*(<=|<|>=|>|===|==|!=)\s*(\d+(?:\.\d+)?)\s*$/.exec(expression) ?? [];
  const aggregate = aggregateOf(kind, method ?? '');
  if (aggregate === undefined || limit === undefined) {
    const known = [...Object.keys(AGGREGATES[kind] ?? {}), ...(kind === 'trend' ? ['p(95)'] : [])];
    throw new UsageError(`${text} is no threshold of a ${kind}: it must be ${known.join(', ')}, <, 500`);
  }
  return {
    text,
    selector,
    aggregate,
    emptyPasses: kind === 'rate',
    operator: (operator === '===' ? '==' : operator) as Operator,
    limit: Number(limit),
    abortOnFail,
    delayMs,
  };
}

function aggregateOf(kind: string, method: string): ParsedThreshold['aggregate'] | undefined {
  const [, percent] = /^p\((\d+(?:\.\d+)?)\)$/.exec(method) ?? [];
  if (percent !== undefined && kind === 'trend' && Number(percent) <= 100) {
    return (values) => percentileOf(values, Number(percent));
  }
  return AGGREGATES[kind]?.[method];
}

/** @param seconds length of the test so far */
export function evaluate(threshold: ParsedThreshold, samples: Samples, seconds: number): ThresholdResult {
  const values = samples.select(threshold.selector);
  const isEmpty = values.count === 0;
  // k6 reports 0 for counts and times without values.
  const measured = isEmpty ? 0 : threshold.aggregate(values, seconds);
  return {
    text: threshold.text,
    measured,
    samples: values.count,
    passed: (isEmpty && threshold.emptyPasses) || compare(measured, threshold.operator, threshold.limit),
  };
}

/** Crossed thresholds that end the test now; as in k6, those without values do not. */
export function aborting(
  thresholds: readonly ParsedThreshold[],
  samples: Samples,
  elapsedMs: number,
): ThresholdResult[] {
  return thresholds
    .filter(({ abortOnFail, delayMs }) => abortOnFail && elapsedMs > delayMs)
    .map((threshold) => evaluate(threshold, samples, elapsedMs / 1000))
    .filter((result) => result.samples > 0 && !result.passed);
}

function compare(value: number, operator: Operator, limit: number): boolean {
  switch (operator) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '==':
      return value === limit;
    case '!=':
      return value !== limit;
  }
}

function percentileOf(values: Tally, percent: number): number {
  if (!(values instanceof Trend)) throw new Error('only a trend has percentiles');
  return values.percentile(percent);
}
