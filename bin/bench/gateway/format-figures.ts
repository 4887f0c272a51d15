import { availableParallelism } from 'node:os';
import { textTable } from '../../cli/text-table';
import { GOALS } from './goals';
import type { GatewayFigures, LoadRow, Name } from './measure-gateway';
import { PEER } from './processes';

/** The figures as lines. */
export function figureLines(figures: GatewayFigures): string[] {
  const averages = figures.loadAverages.map((load) => load.toFixed(1)).join(', ');
  return [
    `${availableParallelism()} cores; load average before and after: ${averages}; peer: ${PEER}`,
    '',
    ...textTable([
      ['calls', 'connections', 'target', 'a second', 'p50', 'p99', 'errors'],
      ...figures.loads.map(({ streamed, connections, name, rate, p50Ms, p99Ms, errors }) => [
        streamed ? 'streamed' : 'whole',
        String(connections),
        name,
        count(rate),
        `${p50Ms} ms`,
        `${p99Ms} ms`,
        String(errors),
      ]),
    ]),
    '',
    ...textTable([['figure', 'measured', 'goal'], ...goalRows(figures)]),
  ];
}

/** Each goal with what was measured. */
export function goalRows({ loads, hits, single, residentMebibytes }: GatewayFigures): string[][] {
  const rate = (name: Name) => rateAt32(loads, name);
  const ratio = (other: Name) => (rate('gateway') / rate(other)).toFixed(2);
  const added = (kind: 'wholeMs' | 'firstByteMs') => single.gateway[kind] - single.direct[kind];
  const memory = residentMebibytes.map((mebibytes) => mebibytes.toFixed(0)).join(', ');
  return [
    ['rate at 32 connections, of the bare route', ratio('bare route'), `>= ${GOALS.shareOfBare}`],
    ['rate at 32 connections, times the peer', ratio('peer'), `>= ${GOALS.timesPeer}`],
    ['added to a single call, p50', `${added('wholeMs').toFixed(2)} ms`, `<= ${GOALS.addedMs} ms`],
    [
      'added to the first byte of a stream, p50',
      `${added('firstByteMs').toFixed(2)} ms`,
      `<= ${GOALS.addedFirstByteMs} ms`,
    ],
    ['answers of the cache a second', count(hits.gateway.rate), `>= ${count(GOALS.hitsPerSecond)}`],
    ['the same by a bare route', count(hits.bare.rate), ''],
    ['memory of the API, MiB', memory, `<= ${GOALS.residentMebibytes}`],
  ];
}

function rateAt32(loads: readonly LoadRow[], name: Name): number {
  const found = loads.find((load) => load.name === name && load.connections === 32 && !load.streamed);
  return found?.rate ?? Number.NaN;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}
