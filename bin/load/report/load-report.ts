import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { textTable } from '../../cli/text-table';
import { escapeHtml, htmlTable, PAGE_STYLE, paragraph } from '../../plots/html';
import { TIME_PLOT_STYLE } from '../../plots/time-plot';
import type { MeasuredRun } from '../local/measure-load';
import { ERROR_KINDS, type ErrorKind, shareText } from '../results/timeline';
import { type Kpi, kpisOf, type PodLimits, type PromisedObjectives } from './kpis';
import { runPlots } from './run-plots';

/** A run with what a reader has to know about it. */
export interface LoadReport {
  /** Script of test/load/. */
  readonly scenario: string;
  /** When it began, RFC 3339. */
  readonly startedAt: string;
  /** The command's options, in its words. */
  readonly call: string;
  /** Lines about the machine and the platform. */
  readonly notes: readonly string[];
  readonly run: MeasuredRun;
  readonly objectives: PromisedObjectives;
  readonly limits: PodLimits;
}

export const REPORT_FILES = { page: 'report.html', data: 'report.json' } as const;

/** Generator that was late for this long may have limited what it measured, ms. */
const LATE_MS = 20;

/** Writes the page and its data. @returns path of the page */
export function writeReport(folder: string, report: LoadReport): string {
  mkdirSync(folder, { recursive: true });
  const kpis = kpisOf(report.scenario, report.run, report.objectives, report.limits);
  const page = join(folder, REPORT_FILES.page);
  writeFileSync(page, loadPage(report, kpis));
  writeFileSync(join(folder, REPORT_FILES.data), `${JSON.stringify({ ...report, kpis }, null, 2)}\n`);
  return page;
}

/** The KPIs as lines of a terminal. */
export function kpiLines(kpis: readonly Kpi[]): string[] {
  return textTable(kpiTable(kpis), (column) => column === 1 || column === 2);
}

function kpiTable(kpis: readonly Kpi[]): string[][] {
  const rows = kpis.map(({ name, promised, measured, held }) => [name, promised, measured, verdict(held)]);
  return [['KPI', 'promised', 'measured', 'held'], ...rows];
}

function verdict(held: boolean | null): string {
  if (held === null) return 'not tried';
  return held ? 'yes' : 'NO';
}

/** One page that needs nothing else. */
function loadPage(report: LoadReport, kpis: readonly Kpi[]): string {
  const { scenario, startedAt, call, notes, run, objectives } = report;
  const title = `Load test: ${scenario}`;
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${escapeHtml(title)}</title><style>${PAGE_STYLE}\n${TIME_PLOT_STYLE}</style></head><body>`,
    `<h1>${escapeHtml(title)}</h1>`,
    paragraph(`${startedAt}, ${call}`),
    ...notes.map(paragraph),
    ...factLines(run).map(paragraph),
    '<h2>What was promised</h2>',
    htmlTable(kpiTable(kpis)),
    paragraph(
      'Times of the API count from when a request had to be sent, in the parts of the run at full load. ' +
        'Refusals are answers of an overloaded server: they count neither for times nor as errors. ' +
        '"Not tried": the run did not ask for that much.',
    ),
    '<h2>The run</h2>',
    runPlots(run, objectives),
    '<h2>Thresholds of the script</h2>',
    htmlTable([
      ['threshold', 'measured', 'of', 'verdict'],
      ...run.result.thresholds.map(({ text, measured, samples, passed }) => [
        text,
        samples === 0 ? 'nothing' : String(Number(measured.toPrecision(4))),
        String(samples),
        passed ? 'passed' : 'CROSSED',
      ]),
    ]),
    '</body></html>\n',
  ].join('\n');
}

/** What happened, in sentences; also for the terminal. */
export function factLines({ result, generatorMs, podsMs }: MeasuredRun): string[] {
  const { requests, refused, dropped, seconds, timeline, figures, abortedBy } = result;
  const kinds = Object.keys(ERROR_KINDS) as ErrorKind[];
  const errors = kinds.flatMap((kind) => {
    const count = timeline.reduce((sum, row) => sum + (row.errors[kind] ?? 0), 0);
    return count === 0 ? [] : `${count} x ${ERROR_KINDS[kind]}`;
  });
  const perRequest = (milliseconds: number) => (milliseconds / requests).toFixed(3);
  const late = figures.lateP99Ms ?? 0;
  return [
    `${requests} requests in ${seconds.toFixed(1)} s; ${dropped} not sent because every virtual user was busy.`,
    `Refused (503 with Retry-After): ${refused === 0 ? 'none' : shareText(refused, requests)}.`,
    `Errors: ${errors.length === 0 ? 'none' : errors.join(', ')}.`,
    `Processor time of a request: ${Number.isNaN(podsMs) ? '' : `pods ${perRequest(podsMs)} ms, `}generator ${perRequest(generatorMs)} ms.`,
    ...(late < LATE_MS
      ? []
      : [
          `The generator sent 1 % of the requests more than ${late.toFixed(0)} ms late: the machine was full.`,
        ]),
    ...abortedBy.map((text) => `Ended early by ${text}.`),
  ];
}
