import { availableParallelism } from 'node:os';
import { textTable } from '../../cli/text-table';
import { GOALS } from './goals';
import type { ServiceFigures } from './measure-service';
import {
  BARE_WRITERS,
  BATCH_CONNECTIONS,
  BATCH_ROWS,
  type RatePair,
  SINGLE_CONNECTIONS,
} from './time-ingest';

/** The figures as lines. */
export function figureLines(figures: ServiceFigures): string[] {
  const { rows, rollupSeconds, questions, ingest, residentMebibytes, loads } = figures;
  const { idle, afterQuestions, afterIngest } = residentMebibytes;
  const averages = loads.map((load) => load.toFixed(1)).join(', ');
  return [
    `On ${count(rows)} requests of a year; ${availableParallelism()} cores, load average before and after ${averages}`,
    `First refresh of the roll-ups: ${rollupSeconds.toFixed(1)} s`,
    '',
    ...textTable([
      ['question', 'p50', 'p95', 'answer', 'goal of p95'],
      ...questions.map(({ question, p50Ms, p95Ms, bytes }) => [
        question,
        ms(p50Ms),
        ms(p95Ms),
        `${(bytes / 1024).toFixed(0)} KiB`,
        `${question.startsWith('costs') ? GOALS.costsP95Ms : GOALS.historyP95Ms} ms`,
      ]),
    ]),
    '',
    ...textTable([
      ['stored a second', 'service', 'bare', 'ratio', 'goal'],
      rateRow(
        `batches of ${BATCH_ROWS}, ${BATCH_CONNECTIONS} connections`,
        ingest.batches,
        GOALS.batchRowsPerSecond,
      ),
      rateRow(`single records, ${SINGLE_CONNECTIONS} connections`, ingest.singles, GOALS.singlesPerSecond),
    ]),
    `bare: ${BARE_WRITERS} writers of INSERT … unnest; a Fastify route that stores nothing`,
    '',
    `Memory of the API process: ${idle.toFixed(0)} MiB idle, ${afterQuestions.toFixed(0)} MiB after the questions, ` +
      `${afterIngest.toFixed(0)} MiB after the records (goal: ${GOALS.residentMebibytes})`,
  ];
}

function rateRow(what: string, { service, bare }: RatePair, goal: number): string[] {
  return [
    what,
    count(Math.round(service)),
    count(Math.round(bare)),
    (service / bare).toFixed(2),
    count(goal),
  ];
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
