import type { WorkloadSettings } from '../../lambda/predictive-scaler/constants';
import type { CapacityCheck } from '../../lambda/predictive-scaler/recommendation/capacity-check';
import type { HourlyPattern } from '../../lambda/predictive-scaler/recommendation/load-patterns';
import type { Recommendation } from '../../lambda/predictive-scaler/recommendation/recommend';
import { timeOf } from '../../lambda/predictive-scaler/telemetry/log-lines';

const BARS = '▁▂▃▄▅▆▇█';
const HOURS = 24;

type Row = readonly [name: string, text: string];

/** What is recommended and why, as a block of lines. */
export function formatRecommendation(recommendation: Recommendation, settings: WorkloadSettings): string {
  const { workload, originMinute, replicas } = recommendation;
  const { current, recommended, action, isCurrentKnown } = replicas;
  const head = `${workload}: ${action}, ${current}${isCurrentKnown ? '' : ' (assumed)'} -> ${recommended} replicas at ${timeOf(originMinute)}`;
  const rows = [...decisionRows(recommendation, settings), ...loadRows(recommendation)];
  return [
    head,
    ...rows.map(([name, text]) => `  ${name.padEnd(10)}${text}`),
    '',
    ...patternLines(recommendation, settings),
  ].join('\n');
}

function decisionRows({ replicas, gate }: Recommendation, { hpaTarget }: WorkloadSettings): Row[] {
  const assumed = `unknown; an HPA with a target of ${percent(hpaTarget)} asks for ${replicas.current} at this load; give them with --replicas`;
  return [
    ['reason', `${replicas.reason}: ${replicas.message}`],
    ['replicas', replicas.isCurrentKnown ? `${replicas.current} now` : assumed],
    ['gate', `${gate.state} (${gate.reason})${gate.waitsFor && `, waits for ${gate.waitsFor}`}`],
  ];
}

function loadRows({ load, forecasts, gate, capacity }: Recommendation): Row[] {
  const { skill, coverageOfQ90, error, scoredForecasts } = gate.evidence;
  const { now, busiest } = capacity;
  return [
    ['load', `${number(load)}, mean of the last 15 minutes`],
    ...(forecasts.length === 0 ? [['forecast', 'none'] as const] : []),
    ...forecasts.map(
      ({ horizonMinutes, point, upper, replicas }) =>
        [
          'forecast',
          `${horizonMinutes} min ahead ${number(point)}, 95 % below ${number(upper)}, which needs ${replicas} replicas`,
        ] as const,
    ),
    [
      'accuracy',
      scoredForecasts === 0
        ? 'unknown: no forecast of the last day could be scored'
        : `of ${scoredForecasts} forecasts of the last day: error ${percent(error)}, skill ${percent(skill)} above repeating the last load, ${percent(coverageOfQ90)} of loads within the 90 % quantile`,
    ],
    ['capacity', `now: ${now ? capacityText(now, 'replicas') : 'unknown, as the load is'}`],
    [
      'capacity',
      busiest
        ? `busiest hour of the next 24, ${timeOf(busiest.minute)}, up to ${number(busiest.load)}: ${capacityText(busiest, 'replicas, the most allowed,')}`
        : 'busiest hour: unknown before there is a week of history',
    ],
  ];
}

function capacityText({ replicas, needed, utilisation }: CapacityCheck, what: string): string {
  const missing = needed - replicas;
  const verdict = missing > 0 ? `TOO FEW by ${missing}` : 'enough';
  return `needs ${needed}; ${replicas} ${what} are ${percent(utilisation)} used, ${verdict}`;
}

/** A bar for each hour, weekdays and weekend on one scale. */
function patternLines({ hourlyPatterns }: Recommendation, { timeZone }: WorkloadSettings): string[] {
  const { weekdays, weekend } = hourlyPatterns;
  const all = [...weekdays, ...weekend];
  if (all.length === 0) return ['  load by hour: unknown before there is a week of history'];
  const top = Math.max(...all.map(({ mean }) => mean));
  return [
    `  load by hour of the last week (${timeZone}), means`,
    `  ${''.padEnd(10)}${[0, 6, 12, 18].map((hour) => String(hour).padEnd(6)).join('')}`,
    patternLine('weekdays', weekdays, top),
    patternLine('weekend', weekend, top),
  ];
}

function patternLine(name: string, patterns: readonly HourlyPattern[], top: number): string {
  const bars = Array.from({ length: HOURS }, (_, hour) => {
    const pattern = patterns.find((one) => one.hour === hour);
    return pattern ? barOf(pattern.mean / top) : ' ';
  }).join('');
  if (patterns.length === 0) return `  ${name.padEnd(10)}${bars}  not measured`;
  const means = patterns.map(({ mean }) => mean);
  const busiest = patterns.reduce((most, next) => (next.max > most.max ? next : most));
  return `  ${name.padEnd(10)}${bars}  ${number(Math.min(...means))} to ${number(Math.max(...means))}, most ${number(busiest.max)} at ${busiest.hour}:00`;
}

/** @param share of the highest bar, 0 to 1; 0 / 0 where nothing is ever used */
function barOf(share: number): string {
  const step = Number.isNaN(share) ? 0 : Math.min(BARS.length - 1, Math.floor(share * BARS.length));
  return BARS[step] as string;
}

/** Times as text; what is not a number becomes null. */
export function jsonRecommendation({ originMinute, capacity, ...rest }: Recommendation): object {
  const { now, busiest } = capacity;
  return {
    ...rest,
    at: timeOf(originMinute),
    capacity: {
      now,
      ...(busiest && { busiest: { ...busiest, minute: undefined, at: timeOf(busiest.minute) } }),
    },
  };
}

function number(value: number): string {
  return Number.isFinite(value) ? value.toFixed(1) : 'unknown';
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(0)} %` : 'unknown';
}
