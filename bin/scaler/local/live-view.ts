import type { PageState } from '../../local/hpa/page-server';

/** Heights of a column, from 0 to 1. */
const BLOCKS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** Columns of a plot at most. */
const MOST_COLUMNS = 120;

/** Characters before and after a plot. */
const MARGIN = 24;

/** The loop on a terminal: a line of columns each for load, floor and pods of the last hour, and the last decision. */
export function viewLines(state: PageState, columns: number): string[] {
  const width = Math.max(10, Math.min(MOST_COLUMNS, columns - MARGIN));
  const points = state.points.slice(-width);
  const last = state.points.at(-1);
  const forecast = state.forecasts.at(-1);
  const loads = points.map(({ load }) => load ?? 0);
  const speed = state.speed === 1 ? '' : `, ${state.speed} times real time`;
  return [
    `${new Date(state.nowMs).toISOString().slice(0, 19)}Z${speed}`,
    plot('load', loads, Math.max(...loads, state.requestsPerPod), `${number(last?.load)}/s`),
    plot(
      'floor',
      points.map(({ floor }) => floor),
      state.maxReplicas,
      String(last?.floor ?? ''),
    ),
    plot(
      'pods',
      points.map(({ pods }) => pods),
      state.maxReplicas,
      `${last?.pods ?? ''} of ${last?.replicas ?? ''}`,
    ),
    ...(forecast?.forecasts ?? []).map(
      ({ horizonMinutes, point, upper }) =>
        `  forecast  in ${horizonMinutes} min ${number(point)}/s, 95 % below ${number(upper)}/s`,
    ),
    `  scaler    ${forecast === undefined ? 'first run' : `${forecast.gate}: ${forecast.message}`}`,
    `  HPA       ${state.reason}`,
  ].map((line) => line.slice(0, Math.max(20, columns)));
}

function plot(name: string, values: readonly number[], most: number, now: string): string {
  const column = (value: number) =>
    BLOCKS[Math.round((Math.max(0, value) / most) * (BLOCKS.length - 1))] ?? '█';
  return `  ${name.padEnd(10)}${values.map(column).join('')} ${now}`;
}

function number(load: number | null | undefined): string {
  return load === null || load === undefined ? 'unknown' : load.toFixed(1);
}

/** Draws lines over the ones before. */
export class Screen {
  private drawn = 0;

  constructor(private readonly stream: Pick<NodeJS.WriteStream, 'write'> & { readonly columns?: number }) {}

  get columns(): number {
    return this.stream.columns ?? 80;
  }

  draw(lines: readonly string[]): void {
    const up = this.drawn === 0 ? '' : `\u001b[${this.drawn}F`;
    this.stream.write(`${up}\u001b[J${lines.join('\n')}\n`);
    this.drawn = lines.length;
  }
}
