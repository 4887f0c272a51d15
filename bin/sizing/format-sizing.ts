import { type Table, textTable } from '../cli/text-table';
import type { MonthlyCost } from './compare-costs';
import type { Fit } from './fit';
import { COST_FIGURES, COST_NAMES } from './request-cost';
import type { SizingReport } from './size-environment';

/** What `npm run sizing` prints, without the patch. */
export function sizingLines(report: SizingReport): string[] {
  return [
    `${report.environment}: sizes for its traffic`,
    '',
    ...trafficLines(report),
    '',
    'A request costs (each is an option):',
    ...COST_NAMES.map(
      (name) => `  ${name}=${report.cost[name]} ${COST_FIGURES[name].unit} (${COST_FIGURES[name].source})`,
    ),
    '',
    ...textTable(sizeTable(report), (column) => column === 1),
    '',
    ...textTable(useTable(report), (column) => column === 1 || column === 2),
    '',
    bottleneckLine('Configured', report.configured),
    bottleneckLine('Recommended', report.recommended),
    ...overLines(report.recommended),
    '',
    ...changeLines(report),
    '',
    ...costLines(report),
  ];
}

function trafficLines({ shape, sizing: { hpa }, scaler }: SizingReport): string[] {
  const at = new Date(shape.peakMinute * 60_000).toISOString().slice(0, 16).replace('T', ' ');
  return [
    `Traffic: mean ${number(shape.mean)}, busiest hour ${number(shape.busiestHour)}, peak ${number(shape.peak)} requests/s (${at} UTC); ${number(shape.perDay)} requests a day, over ${number(shape.days)} days`,
    ...(shape.isCoarse
      ? [
          `Steps of ${shape.stepMinutes} minutes hide peaks: export steps of at most 10 minutes, or add --growth.`,
        ]
      : []),
    hpa.replayedMinutes === 0
      ? 'Less than two days: bounds of the HPA follow from the peak alone. Export at least two days, better 14.'
      : `Replayed the last ${number(hpa.replayedMinutes / 1440)} days: ${number(hpa.meanReplicas ?? 0)} replicas in the mean, ${hpa.shortMinutes} minutes with too few ready.`,
    ...(scaler
      ? [
          `Replayed predictive scaling on the last ${number(scaler.minutes / 1440)} days, beside an HPA at 70 %: ${number(scaler.predictive.meanReplicas)} replicas in the mean and ${scaler.predictive.shortMinutes} minutes with too few ready; the HPA alone ${number(scaler.hpa.meanReplicas)} and ${scaler.hpa.shortMinutes}.`,
        ]
      : []),
  ];
}

function sizeTable({ sizing, vpa }: SizingReport): Table {
  const { pod, capacity, hpa, database, storage, cache, partitions } = sizing;
  return [
    ['size', 'recommended', 'from'],
    [
      'replicas',
      `${hpa.minReplicas} to ${hpa.maxReplicas}`,
      `target ${sizing.requestsPerSecond} requests/s of a pod, ${number(100 * hpa.target)} % of ${number(capacity.requestsPerSecond)} (${capacity.bound})`,
    ],
    [
      'CPU of a pod',
      `${pod.cpuRequestMillis}m, limit ${pod.cpuLimitMillis}m`,
      vpa ? `the VPA recommends ${vpa.cpuMillis}m (${vpa.lower.cpuMillis}m to ${vpa.upper.cpuMillis}m)` : '',
    ],
    [
      'memory of a pod',
      `${pod.memoryRequestMib}Mi, limit ${pod.memoryLimitMib}Mi`,
      vpa
        ? `the VPA recommends ${vpa.memoryMib}Mi (${vpa.lower.memoryMib}Mi to ${vpa.upper.memoryMib}Mi)`
        : '',
    ],
    ['connections to providers', `${pod.maxCalls} a pod`, "Little's law"],
    [
      'database',
      database.instanceClass,
      `${number(database.needs.vcpus)} vCPU, ${number(database.needs.memoryGib)} GiB of memory`,
    ],
    [
      'database connections',
      `${database.clientConnections} clients, ${database.serverConnections} to the server`,
      'pools of all pods during a roll-out',
    ],
    [
      'storage',
      `${storage.allocatedGib} to ${storage.maxAllocatedGib} GiB`,
      `${number(storage.iops)} operations a second at the peak`,
    ],
    [
      'cache',
      `${cache.shards} x ${cache.nodeType}`,
      `${number(cache.needs.workingSetGib)} GiB of answers, ${number(cache.needs.commands)} commands a second`,
    ],
    [
      'partitions',
      `${partitions.count} months`,
      `${number(partitions.rowsAMonth)} rows and ${number(partitions.gibAMonth)} GiB a month`,
    ],
  ];
}

function useTable({ configured, recommended }: SizingReport): Table {
  return [
    ['used of what may be used', 'configured', 'recommended', 'knob'],
    ...configured.uses.map(({ resource, share, knob, atPeak }, index) => [
      atPeak ? resource : `${resource} *`,
      percent(share),
      percent(recommended.uses[index]?.share ?? Number.NaN),
      knob,
    ]),
    ['* does not follow the peak', '', '', ''],
  ];
}

function bottleneckLine(name: string, { bottleneck, mostRequestsPerSecond }: Fit): string {
  return `${name}: the bottleneck is ${bottleneck.resource} (${bottleneck.knob}), ${percent(bottleneck.share)} used at the peak; it ends at ${number(mostRequestsPerSecond)} requests/s`;
}

/** What no size mends: fewer months, shorter prompts, or a quota are for people to decide. */
function overLines({ uses }: Fit): string[] {
  return uses
    .filter(({ share }) => share > 1)
    .map(
      ({ resource, used, available, unit, knob }) =>
        `No size is enough for ${resource}: ${number(used)} of ${number(available)} ${unit}. Decide about ${knob}.`,
    );
}

function changeLines({ changes }: SizingReport): string[] {
  if (changes.length === 0) return ['No knob has to change.'];
  const rows = changes.map(({ path, from, to, why }) => [path, String(from), String(to), why]);
  return textTable(
    [['knob', 'now', 'recommended', 'why'], ...rows],
    (column) => column === 1 || column === 2,
  );
}

function costLines({ monthly: { configured, recommended, savedUsd } }: SizingReport): string[] {
  const cost = ({ usd, unpriced }: MonthlyCost) => `${number(usd)} USD${unpriced.length > 0 ? '+' : ''}`;
  return [
    `A month at the mean load: ${cost(configured)} configured, ${cost(recommended)} recommended, list prices (docs/cost.md)`,
    savedUsd === null
      ? `The saving is unknown, because a price is missing: ${missing(configured, recommended).join(', ')}. Add prices with npm run cost -- --update-prices.`
      : savedUsd < 0
        ? `The recommendation costs ${number(-savedUsd)} USD a month more.`
        : `The recommendation saves ${number(savedUsd)} USD a month.`,
    ...(configured.carriesMean
      ? []
      : ['The configured replicas do not carry the mean load; their cost is for what they carry.']),
  ];
}

/** Prices that only one of both lacks. */
function missing(one: MonthlyCost, other: MonthlyCost): string[] {
  const only = (a: MonthlyCost, b: MonthlyCost) => a.unpriced.filter((key) => !b.unpriced.includes(key));
  return [...only(one, other), ...only(other, one)];
}

function percent(share: number): string {
  return `${number(100 * share)} %`;
}

/** As many digits as say something. */
function number(value: number): string {
  const most = value >= 100 || value === 0 ? 0 : value >= 1 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: most });
}
