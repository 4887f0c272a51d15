import { evaluate, type Series } from './metric-math';

/** Values that were published in one minute, each with how often. */
export type Minute = readonly (readonly [value: number, count: number])[];

/** A metric as an alarm names it: `AWS/RDS CPUUtilization {DBInstanceIdentifier}`, and its dimensions' values. */
export interface NamedMetric {
  readonly name: string;
  /** Those that are references as their JSON. */
  readonly dimensions: Readonly<Record<string, string>>;
}

/** What a metric published, by minutes before now: 0 is the last one. */
export type Published = (metric: NamedMetric) => (minutesAgo: number) => Minute;

/** A metric's statistic in each of some periods, the last one first. */
type Statistics = (metric: NamedMetric, statistic: string, seconds: number, periods: number) => Series;

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** A template's JSON. */
// biome-ignore lint/suspicious/noExplicitAny: what a test reads of a template
type Json = any;

/**
 * States of all alarms of a template, metric and composite ones, by their names without `prefix`, had their metrics
 * published what `published` says.
 */
export function alarmStates(
  resources: Record<string, Json>,
  prefix: string,
  published: Published,
): Record<string, AlarmState> {
  const states: Record<string, AlarmState> = {};
  const statistics = remembered(published);
  const nameOf = (id: string) => String(resources[id].Properties.AlarmName).slice(prefix.length);
  const ofType = (type: string) => Object.keys(resources).filter((id) => resources[id].Type === type);
  for (const id of ofType('AWS::CloudWatch::Alarm')) {
    const { Properties } = resources[id];
    // Queries in SQL look at metrics that no test names.
    if (JSON.stringify(Properties.Metrics ?? '').includes('SELECT')) continue;
    states[nameOf(id)] = alarmState(Properties, statistics);
  }
  for (const id of ofType('AWS::CloudWatch::CompositeAlarm')) {
    const rule = ruleOf(resources[id].Properties.AlarmRule, nameOf);
    states[nameOf(id)] = holds(rule, states) ? 'ALARM' : 'OK';
  }
  return states;
}

function alarmState(alarm: Json, statistics: Statistics): AlarmState {
  const breaching = valuesOf(alarm, statistics).map((value) =>
    value === undefined ? undefined : breaches(alarm, value),
  );
  const known = breaching.filter((value) => value !== undefined);
  const missing = breaching.length - known.length;
  if (known.length === 0 && alarm.TreatMissingData === 'missing') return 'INSUFFICIENT_DATA';
  const bad = known.filter(Boolean).length + (alarm.TreatMissingData === 'breaching' ? missing : 0);
  return bad >= (alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods) ? 'ALARM' : 'OK';
}

function breaches({ ComparisonOperator, Threshold }: Json, value: number): boolean {
  switch (ComparisonOperator) {
    case 'GreaterThanThreshold':
      return value > Threshold;
    case 'GreaterThanOrEqualToThreshold':
      return value >= Threshold;
    case 'LessThanThreshold':
      return value < Threshold;
    case 'LessThanOrEqualToThreshold':
      return value <= Threshold;
    default:
      throw new Error(`unknown comparison ${ComparisonOperator}`);
  }
}

/** The alarm's value in each of its periods, the last one first. */
function valuesOf(alarm: Json, statistics: Statistics): Series {
  if (alarm.Metrics === undefined) {
    const { EvaluationPeriods, ExtendedStatistic, Period, Statistic } = alarm;
    return statistics(metricOf(alarm), Statistic ?? ExtendedStatistic, Period, EvaluationPeriods);
  }
  const stats = alarm.Metrics.filter(({ MetricStat }: Json) => MetricStat !== undefined);
  const series: Record<string, Series> = Object.fromEntries(
    stats.map(({ Id, MetricStat: { Metric, Period, Stat } }: Json) => [
      Id,
      statistics(metricOf(Metric), Stat, Period, alarm.EvaluationPeriods),
    ]),
  );
  const returned = alarm.Metrics.filter(({ ReturnData }: Json) => ReturnData !== false);
  if (returned.length !== 1) throw new Error(`${alarm.AlarmName} returns ${returned.length} series`);
  const periods = new Set(stats.map(({ MetricStat: { Period } }: Json) => Period));
  if (periods.size !== 1) throw new Error(`${alarm.AlarmName} mixes periods`);
  return calculated(returned[0], alarm.Metrics, series, [...periods][0] as number);
}

/** A query's series; expressions may use one another. */
function calculated(
  { Expression, Id }: Json,
  queries: readonly Json[],
  series: Record<string, Series>,
  periodSeconds: number,
): Series {
  const known = series[Id];
  if (known !== undefined) return known;
  const used = queries.filter((query) => new RegExp(`\\b${query.Id}\\b`).test(Expression));
  const parts = Object.fromEntries(
    (Expression.includes('METRICS()') ? queries.filter((query) => query.MetricStat) : used).map((query) => [
      query.Id,
      calculated(query, queries, series, periodSeconds),
    ]),
  );
  return evaluate(Expression, parts, periodSeconds);
}

function metricOf({ Dimensions = [], MetricName, Namespace }: Json): NamedMetric {
  const dimensions = Object.fromEntries(
    Dimensions.map(({ Name, Value }: Json) => [
      Name,
      typeof Value === 'string' ? Value : JSON.stringify(Value),
    ]),
  );
  return { name: `${Namespace} ${MetricName} {${Object.keys(dimensions).join(', ')}}`, dimensions };
}

/** Many alarms look at the same statistic of the same stretch. */
function remembered(published: Published): Statistics {
  const known = new Map<string, Series>();
  return (metric, statistic, seconds, periods) => {
    const key = JSON.stringify([metric, statistic, seconds, periods]);
    const series = known.get(key) ?? statisticsOf(published, metric, statistic, seconds / 60, periods);
    known.set(key, series);
    return series;
  };
}

function statisticsOf(
  published: Published,
  metric: NamedMetric,
  statistic: string,
  minutes: number,
  periods: number,
): Series {
  const values = published(metric);
  return Array.from({ length: periods }, (_, period) =>
    statisticOf(
      Array.from({ length: minutes }, (_, minute) => values(period * minutes + minute)).flat(),
      statistic,
    ),
  );
}

function statisticOf(values: Minute, statistic: string): number | undefined {
  const count = values.reduce((sum, [, times]) => sum + times, 0);
  if (count === 0) return undefined;
  const sum = values.reduce((total, [value, times]) => total + value * times, 0);
  const [, rank] = /^PR\(:([\d.]+)\)$/.exec(statistic) ?? [];
  if (rank !== undefined) return (100 * countUpTo(values, Number(rank))) / count;
  const [, percentile] = /^p([\d.]+)$/.exec(statistic) ?? [];
  if (percentile !== undefined) return percentileOf(values, count, Number(percentile));
  switch (statistic) {
    case 'Sum':
      return sum;
    case 'Average':
      return sum / count;
    case 'Maximum':
      return Math.max(...values.map(([value]) => value));
    case 'Minimum':
      return Math.min(...values.map(([value]) => value));
    default:
      throw new Error(`unknown statistic ${statistic}`);
  }
}

function countUpTo(values: Minute, limit: number): number {
  return values.filter(([value]) => value <= limit).reduce((sum, [, times]) => sum + times, 0);
}

/** The smallest value that so many percent do not exceed. */
function percentileOf(values: Minute, count: number, percentile: number): number | undefined {
  const sorted = values.map(([value]) => value).sort((a, b) => a - b);
  return sorted.find((value) => countUpTo(values, value) >= (percentile / 100) * count);
}

/** The rule with alarms by their names. */
function ruleOf(rule: Json, nameOf: (id: string) => string): string {
  return rule['Fn::Join'][1]
    .map((part: Json) => (typeof part === 'string' ? part : nameOf(part['Fn::GetAtt'][0])))
    .join('');
}

/** Whether `ALARM("a") AND (ALARM("b") OR …)` holds. */
function holds(rule: string, states: Record<string, AlarmState>): boolean {
  const reduced = rule
    .replace(/ALARM\("([^"]+)"\)/g, (_, name: string) => {
      if (states[name] === undefined) throw new Error(`rule names an unknown alarm ${name}`);
      return states[name] === 'ALARM' ? '1' : '0';
    })
    .replaceAll('AND', '*')
    .replaceAll('OR', '+');
  return (evaluate(reduced, { unused: [0] }, 60)[0] ?? 0) > 0;
}
