import {
  POLICY_NAMES,
  type PolicyId,
  type TraceReport,
} from '../../lambda/predictive-scaler/backtest/backtest-trace';
import { escapeHtml, htmlTable, PAGE_STYLE, paragraph } from '../plots/html';
import { heatMap, highestLoad } from './heat-map';
import { loadPlot, replicasPlot, shortfallPlot } from './plots';
import { recommendationLines, recommendationTable } from './recommendation-table';
import type { RunSettings } from './run-traces';
import { coverageTable, methodTable, policyTable, summarize } from './summary';
import { isoMinute } from './write-predictions';

export interface ReportContent {
  readonly reports: readonly TraceReport[];
  /** Lines about the data. */
  readonly notes: readonly string[];
  readonly settings: RunSettings;
  readonly pricePerReplicaHour?: number;
}

/** Colours of the policies on light and on dark ground. */
const POLICY_COLOURS: Readonly<Record<PolicyId, readonly [light: string, dark: string]>> = {
  hpa: ['#8a6d00', '#e3b341'],
  linear: ['#b3261e', '#ff8a80'],
  seed: ['#7d3fbf', '#c297ff'],
  adaptive: ['#0b6bcb', '#58a6ff'],
  adaptiveFloor: ['#00796b', '#4dd0b8'],
  perfect: ['#5c6670', '#9aa4ad'],
};

const POLICY_IDS = Object.keys(POLICY_COLOURS) as PolicyId[];

const STYLE = `
:root{color-scheme:light dark;--ink:#1d2329;--ground:#fff;--faint:#dde1e6;--load:#5c6670;--forecast:#c2410c;--band:#c2410c26;${colours(0)}}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ec;--ground:#14181c;--faint:#333b43;--load:#9aa4ad;--forecast:#ff9d6b;--band:#ff9d6b33;${colours(1)}}}
${PAGE_STYLE}
.load{stroke:var(--load)}.forecast{stroke:var(--forecast)}.band{fill:var(--band)}
.heat .middle{text-anchor:middle}.heat .dark{fill:#1d2329}.heat .light{fill:#fff}
.heat rect{print-color-adjust:exact;-webkit-print-color-adjust:exact}.heat .unknown{fill:none;stroke:var(--faint);stroke-dasharray:3}
.wide{overflow-x:auto}.wide td{white-space:nowrap}.wide th,.wide td{padding:.2rem .55rem}.wide :is(th,td):first-child{padding-left:0}
${POLICY_IDS.map((id) => `.line.p-${id}{stroke:var(--${id})}.mark.p-${id}{fill:var(--${id})}.hide-${id} .p-${id}{display:none}`).join('\n')}
`;

/** Shows and hides a policy in all plots; without it everything is shown. */
const SCRIPT = `
for (const box of document.querySelectorAll('input[data-policy]')) {
  box.disabled = false;
  box.addEventListener('change', () => document.body.classList.toggle('hide-' + box.dataset.policy, !box.checked));
}`;

/** The results as one page that needs nothing else; the same results give the same bytes. */
export function htmlReport({ reports, notes, settings, pricePerReplicaHour }: ReportContent): string {
  const several = reports.length > 1;
  const summary = several ? [section('All traces', reports, pricePerReplicaHour)] : [];
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>Backtest of predictive scaling</title><style>${STYLE}</style></head><body>`,
    '<h1>Backtest of predictive scaling</h1>',
    paragraph(settingsLine(settings)),
    ...notes.map(paragraph),
    paragraph(
      'REL and MASE below 1 are better than the last load and than the load of yesterday. A minute is short when fewer replicas were ready than the load needed. NV is replica-hours, with unmet load costing as much as serving 50 times that load, relative to exactly the needed replicas: lower is better.',
    ),
    legend(reports),
    ...summary,
    ...reports.map((report) =>
      [
        section(report.name, [report], pricePerReplicaHour),
        recommendation(report, pricePerReplicaHour),
        plots(report),
        patterns(report, settings),
      ].join('\n'),
    ),
    `<script>${SCRIPT}</script></body></html>\n`,
  ].join('\n');
}

function settingsLine({
  loadPerReplica,
  minReplicas,
  maxReplicas,
  leadMinutes,
  timeZone,
}: RunSettings): string {
  return `A replica serves a load of ${loadPerReplica}; ${minReplicas} to ${maxReplicas} replicas, ready ${leadMinutes} minutes after the decision; time zone ${timeZone}.`;
}

function section(title: string, reports: readonly TraceReport[], price?: number): string {
  const summary = summarize(reports, price);
  const tables = [policyTable(summary), methodTable(summary), coverageTable(summary)];
  return [`<h2>${escapeHtml(title)}</h2>`, ...tables.filter((it) => it.length > 1).map(htmlTable)].join('\n');
}

function recommendation({ policies, recommendation: found }: TraceReport, price?: number): string {
  if (policies.length === 0) return '';
  const title = '<h3>Recommendation</h3>';
  if (!found)
    return `${title}${paragraph('It takes at least two days that are gone through: --days 2 or more.')}`;
  return [
    title,
    ...recommendationLines(found).map(paragraph),
    `<div class="wide">${htmlTable(recommendationTable(found, price))}</div>`,
  ].join('\n');
}

function patterns({ patterns: found }: TraceReport, { timeZone }: RunSettings): string {
  const top = highestLoad(found);
  return [
    '<h3>Patterns</h3>',
    paragraph(`Mean load by hour and day of the week (${timeZone}), over the whole file`),
    heatMap(found, 'mean', top),
    paragraph('Busiest load of those hours, in the same colours'),
    heatMap(found, 'max', top),
  ].join('\n');
}

function plots(report: TraceReport): string {
  const end = report.startMinute + report.loads.length;
  const horizon = report.horizons[0]?.horizonMinutes;
  const load = [
    paragraph(
      `Load from ${isoMinute(report.startMinute)} to ${isoMinute(end)}, with the forecast of ${horizon} minutes ahead and its band from q50 to q95`,
    ),
    loadPlot(report),
  ];
  if (report.policies.length === 0) {
    return [...load, paragraph('Too coarse to simulate scaling.')].join('\n');
  }
  return [
    ...load,
    paragraph('Replicas asked for'),
    replicasPlot(report),
    paragraph('Where each fell short, in the order of the table'),
    shortfallPlot(report),
  ].join('\n');
}

function legend(reports: readonly TraceReport[]): string {
  const shown = POLICY_IDS.filter((id) =>
    reports.some(({ policies }) => policies.some((it) => it.id === id)),
  );
  const boxes = shown.map(
    (id) =>
      `<label><input type="checkbox" data-policy="${id}" checked disabled> ${swatch(id)}${escapeHtml(POLICY_NAMES[id])}</label>`,
  );
  const lines = ['load', 'forecast'].map((name) => `<span>${swatch(name)}${name}</span>`);
  return `<p class="legend">${[...lines, ...boxes].join('')}</p>`;
}

function swatch(variable: string): string {
  return `<i class="swatch" style="background:var(--${variable})"></i>`;
}

function colours(ground: 0 | 1): string {
  return POLICY_IDS.map((id) => `--${id}:${POLICY_COLOURS[id][ground]}`).join(';');
}
